package dev.millrace.streams.topology;

/** Is told how the partitions get on. Called on stream threads, so it must not wait for anything. */
public interface PartitionListener {
    /**
     * A partition's state was rebuilt from its stores.
     *
     * @param partition the partition
     * @param inputs how many inputs it had taken and committed in all its life
     * @param records how many stored records it was rebuilt from
     */
    void ready(int partition, long inputs, long records);

    /** A partition has taken a tick, which is not committed yet. */
    void ticked(int partition);
}
