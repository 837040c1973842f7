/**
 * What an executor is made of: a process of a framework's that an agent starts, and that runs several tasks. Begin with {@link
 * dev.millrace.client.executor.Executor}, which is to be implemented, and {@link dev.millrace.client.executor.ExecutorDriver}, which speaks with
 * the agent. It may use the contract, and knows nothing of Kafka: all that an executor says goes through its agent.
 */
@NullMarked
package dev.millrace.client.executor;

import org.jspecify.annotations.NullMarked;
