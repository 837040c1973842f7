package dev.millrace.streams.engine;

/**
 * What was restored of a partition is not what was stored: records are missing, left over, or of another time. It may be so in a copy only, such
 * as a standby that slept for longer than deletions are kept, or in what Kafka keeps.
 */
public final class StoredSumException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final int partition;

    /**
     * @param found the sum over what was read back
     * @param saved what it was when it was stored
     */
    public StoredSumException(int partition, long found, long saved) {
        super(String.format(
                "the records that are stored of partition %d are not those that were stored last: their sum is %016x and was"
                        + " %016x",
                partition, found, saved));
        this.partition = partition;
    }

    public int partition() {
        return partition;
    }
}
