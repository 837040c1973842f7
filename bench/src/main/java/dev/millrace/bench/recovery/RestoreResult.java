package dev.millrace.bench.recovery;

import java.util.List;

/**
 * How fast a scheduler read its state back.
 *
 * @param what when it was measured, in words
 * @param lifecycles how many tasks had come and gone by then, beside those that wait
 * @param read how many records of the changelogs were read
 * @param stored how many records were stored after that
 * @param tookMs how long each round took, from the beginning of the reading until the partition went on
 * @param processorMs the processor time of each round's process until then, the start of its JVM included
 */
public record RestoreResult(
        String what, int lifecycles, long read, long stored, List<Long> tookMs, List<Long> processorMs) {
    public RestoreResult {
        tookMs = List.copyOf(tookMs);
        processorMs = List.copyOf(processorMs);
    }

    /** How long the round in the middle took. */
    public long medianMs() {
        return Rounds.median(tookMs);
    }

    /** The processor time of the round in the middle. */
    public long medianProcessorMs() {
        return Rounds.median(processorMs);
    }

    /** Records of the changelogs a second, of the round in the middle. */
    public long recordsPerSecond() {
        return Rounds.perSecond(read, tookMs);
    }
}
