package dev.millrace.client;

import dev.millrace.contract.PendingExplained;
import java.util.Optional;

/**
 * How a task waits for resources.
 *
 * @param requestClass the class of the task's request, as text: its role, resources and constraints
 * @param explained why the tasks of this class wait, as it was last found; empty if it has not been looked at yet
 * @param position its place in the pool's queue, from 1; classes that fit are placed past those that do not
 * @param length how many tasks are in the queue
 */
public record Waiting(String requestClass, Optional<PendingExplained> explained, long position, long length) {}
