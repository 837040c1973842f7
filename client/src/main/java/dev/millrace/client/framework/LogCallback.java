package dev.millrace.client.framework;

import dev.millrace.contract.LogChunk;

/** Is given what a framework's tasks write. */
@FunctionalInterface
public interface LogCallback {
    /** Some of what a task wrote; those of one stream of one attempt come in order, and no byte twice. */
    void log(LogChunk chunk);
}
