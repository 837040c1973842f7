package dev.millrace.cli.run;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;

/** One of the two streams that an attempt at a task writes. */
record StreamOfAttempt(String taskId, int attempt, LogStream stream) {
    static StreamOfAttempt of(LogChunk chunk) {
        return new StreamOfAttempt(chunk.getTaskId(), chunk.getAttempt(), chunk.getStream());
    }
}
