package dev.millrace.client.framework;

import java.util.LinkedHashSet;

/** The ids that were added last, up to so many that it takes little memory. Mutable; whoever owns it takes care of threads. */
final class RecentIds {
    private static final int KEPT = 10_000;

    private final LinkedHashSet<String> ids = new LinkedHashSet<>();

    void add(String id) {
        ids.add(id);
        if (ids.size() > KEPT) {
            ids.remove(ids.iterator().next());
        }
    }

    void remove(String id) {
        ids.remove(id);
    }

    boolean contains(String id) {
        return ids.contains(id);
    }
}
