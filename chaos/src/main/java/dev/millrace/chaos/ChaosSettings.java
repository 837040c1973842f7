package dev.millrace.chaos;

import dev.millrace.chaos.cluster.ClusterLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a run is to be.
 *
 * @param directory an empty directory, which gets everything
 * @param layout the cluster
 * @param counts how many faults of each kind
 * @param seed decides the faults and the load
 */
public record ChaosSettings(Path directory, ClusterLayout layout, Map<FaultKind, Integer> counts, long seed) {

    public ChaosSettings {
        counts = Collections.unmodifiableMap(new EnumMap<>(counts));
    }
}
