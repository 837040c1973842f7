package dev.millrace.streams.replay;

import java.util.List;
import java.util.Optional;

/**
 * What a replay came to.
 *
 * @param partitions the result of each partition, in order
 */
public record ReplayResult(List<PartitionResult> partitions) {
    public ReplayResult {
        partitions = List.copyOf(partitions);
    }

    /** How one partition's replay ended. */
    public enum Outcome {
        /** Every block's checksum came out as it is in the journal. */
        VERIFIED,
        /** Something came out otherwise. */
        DIFFERENT,
        /** Something came out otherwise, and it was decided by another version of the rules, so that this proves nothing. */
        OTHER_BEHAVIOUR,
        /** Inputs or blocks that are needed are no longer there. */
        INCOMPLETE
    }

    /**
     * How one partition's replay ended.
     *
     * @param partition the partition
     * @param outcome how it ended
     * @param blocks how many blocks were verified
     * @param inputs how many inputs were in them
     * @param checksum the rolling checksum after them
     * @param detail what is different or missing first, for people; empty if nothing is
     * @param difference the first message that is different; empty if none is, or it cannot be told
     */
    public record PartitionResult(
            int partition,
            Outcome outcome,
            long blocks,
            long inputs,
            long checksum,
            String detail,
            Optional<Difference> difference) {
        PartitionResult with(Optional<Difference> found) {
            return new PartitionResult(partition, outcome, blocks, inputs, checksum, detail, found);
        }
    }

    /** True if every partition was verified. */
    public boolean verified() {
        return partitions.stream().allMatch(p -> p.outcome() == Outcome.VERIFIED);
    }

    /** How many blocks were verified. */
    public long blocks() {
        return partitions.stream().mapToLong(PartitionResult::blocks).sum();
    }

    /** How many inputs were in them. */
    public long inputs() {
        return partitions.stream().mapToLong(PartitionResult::inputs).sum();
    }
}
