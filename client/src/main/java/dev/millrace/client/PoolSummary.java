package dev.millrace.client;

import dev.millrace.contract.TaskState;
import dev.millrace.state.SavedPool;
import java.time.Instant;
import java.util.Map;

/**
 * A pool.
 *
 * @param pool its settings
 * @param tasks how many tasks are remembered in each state that has any, in the order of the states
 * @param tasksEnded how many tasks have ended since the pool began
 * @param asOf the scheduler's wall clock when it last wrote; the epoch = no tick yet
 */
public record PoolSummary(SavedPool pool, Map<TaskState, Long> tasks, long tasksEnded, Instant asOf) {}
