package dev.millrace.bench.core;

/**
 * How full a cluster got.
 *
 * @param seed the seed from which its tasks followed
 * @param gpuMillis the GPUs that there are, in thousandths
 * @param allocatedGpuMillis those that were given to tasks
 * @param placed how many tasks were placed
 * @param skipped how many there was no room for
 */
public record PackingRun(long seed, long gpuMillis, long allocatedGpuMillis, int placed, int skipped) {
    /** How much of all GPUs was given to tasks, in percent. */
    public double gpuPercent() {
        return 100.0 * allocatedGpuMillis / gpuMillis;
    }
}
