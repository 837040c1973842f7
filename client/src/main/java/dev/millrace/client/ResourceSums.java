package dev.millrace.client;

import dev.millrace.contract.Resources;
import java.util.HashMap;
import java.util.Map;

/** Sums up resources by whose they are. Mutable; owned by whoever made it. */
final class ResourceSums {
    private final Map<String, OccupiedResources> sums = new HashMap<>();

    void add(String whose, Resources resources) {
        sums.computeIfAbsent(whose, key -> new OccupiedResources()).add(resources);
    }

    /** What was added for one; nothing if nothing was. */
    OccupiedResources of(String whose) {
        return sums.getOrDefault(whose, new OccupiedResources());
    }
}
