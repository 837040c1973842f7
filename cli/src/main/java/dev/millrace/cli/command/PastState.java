package dev.millrace.cli.command;

import dev.millrace.client.ReadModel;
import dev.millrace.streams.replay.PastPartition;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * The scheduler's state of a past moment.
 *
 * @param partitions what each partition had stored, in order
 */
record PastState(List<PastPartition> partitions) {
    PastState {
        partitions = List.copyOf(partitions);
    }

    /** The wall clock of the partition that was least behind. */
    Instant wall() {
        return partitions.stream()
                .map(PastPartition::wall)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
    }

    /** The state for those who look; each caller closes its own. */
    ReadModel model() {
        return ReadModel.frozen(
                partitions.size(),
                taker -> partitions.forEach(partition -> partition
                        .state()
                        .forEach((store, key, value) -> taker.take(store, partition.partition(), key, value))));
    }
}
