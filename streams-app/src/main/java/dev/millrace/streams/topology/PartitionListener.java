package dev.millrace.streams.topology;

/** Is told when a partition is ready to go on. Called on stream threads, so it must not wait for anything. */
@FunctionalInterface
public interface PartitionListener {
    /**
     * A partition's state was rebuilt from its stores.
     *
     * @param partition the partition
     * @param inputs how many inputs it had taken and committed in all its life
     * @param records how many stored records it was rebuilt from
     */
    void ready(int partition, long inputs, long records);
}
