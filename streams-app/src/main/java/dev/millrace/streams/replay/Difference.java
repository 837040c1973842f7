package dev.millrace.streams.replay;

/**
 * The first message that a replay put out otherwise than the scheduler did.
 *
 * @param input the input that it follows from, as topic/partition/offset
 * @param topic the topic that it was put on
 * @param key its key; of the replayed one if both have one
 * @param recorded what was put out then, as JSON; empty = nothing
 * @param replayed what comes out now, as JSON; empty = nothing
 */
public record Difference(String input, String topic, String key, String recorded, String replayed) {}
