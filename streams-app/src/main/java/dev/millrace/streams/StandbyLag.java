package dev.millrace.streams;

import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KafkaStreams;

/** How far the standbys of an instance are behind. */
final class StandbyLag {
    private StandbyLag() {}

    /** How many records the changelog that lags most has still to give; empty if there is no standby here. */
    static OptionalLong of(KafkaStreams streams) {
        Set<Integer> standbys = streams.metadataForLocalThreads().stream()
                .flatMap(thread -> thread.standbyTasks().stream())
                .map(task -> task.taskId().partition())
                .collect(Collectors.toSet());
        return streams.allLocalStorePartitionLags().values().stream()
                .flatMap(store -> store.entrySet().stream())
                .filter(lag -> standbys.contains(lag.getKey()))
                .mapToLong(lag -> lag.getValue().offsetLag())
                .max();
    }
}
