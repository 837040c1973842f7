package dev.millrace.bench.recovery;

import java.util.List;

/**
 * How fast a run was replayed and found to be as it was.
 *
 * @param inputs how many inputs the run has
 * @param inMemoryMs how long each round took, with all in memory
 * @param fromKafkaMs how long each round took, with all read from a broker
 * @param inMemoryProcessorMs the processor time of the replaying thread in each round, with all in memory
 * @param fromKafkaProcessorMs the same, with all read from a broker
 */
public record ReplayBenchResult(
        long inputs,
        List<Long> inMemoryMs,
        List<Long> fromKafkaMs,
        List<Long> inMemoryProcessorMs,
        List<Long> fromKafkaProcessorMs) {
    public ReplayBenchResult {
        inMemoryMs = List.copyOf(inMemoryMs);
        fromKafkaMs = List.copyOf(fromKafkaMs);
        inMemoryProcessorMs = List.copyOf(inMemoryProcessorMs);
        fromKafkaProcessorMs = List.copyOf(fromKafkaProcessorMs);
    }

    /** Inputs a second in memory, of the round in the middle. */
    public long inMemoryPerSecond() {
        return Rounds.perSecond(inputs, inMemoryMs);
    }

    /** Inputs a second from the broker, of the round in the middle. */
    public long fromKafkaPerSecond() {
        return Rounds.perSecond(inputs, fromKafkaMs);
    }

    /** Inputs a second of processor time in memory, of the round in the middle. */
    public long inMemoryPerProcessorSecond() {
        return Rounds.perSecond(inputs, inMemoryProcessorMs);
    }

    /** Inputs a second of processor time from the broker, of the round in the middle. */
    public long fromKafkaPerProcessorSecond() {
        return Rounds.perSecond(inputs, fromKafkaProcessorMs);
    }
}
