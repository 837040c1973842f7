package dev.millrace.client.framework;

import dev.millrace.contract.TaskState;
import java.time.Duration;
import java.util.SortedMap;

/**
 * How a framework stands, as its driver knows it.
 *
 * @param status where the driver stands
 * @param connected whether the scheduler was heard of within its timeout
 * @param sinceHeard how long ago it was last heard of
 * @param tasks how many tasks are in which state, of those that this process has heard of; ended ones included
 * @param offersOut how many offers it was given and has not answered
 * @param lag how many events it has not taken yet, as far as is known
 */
public record FrameworkReport(
        DriverStatus status,
        boolean connected,
        Duration sinceHeard,
        SortedMap<TaskState, Integer> tasks,
        int offersOut,
        long lag) {}
