package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_DROPPED;
import static dev.millrace.contract.TaskState.TASK_ERROR;
import static dev.millrace.contract.TaskState.TASK_FAILED;
import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_GONE;
import static dev.millrace.contract.TaskState.TASK_GONE_BY_OPERATOR;
import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_KILLING;
import static dev.millrace.contract.TaskState.TASK_LOST;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.contract.TaskState.TASK_STARTING;
import static dev.millrace.contract.TaskState.TASK_UNREACHABLE;

import dev.millrace.contract.TaskState;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The one table of legal task states.
 *
 * <pre>
 *   QUEUED      → STAGING, KILLED, ERROR
 *   STAGING     → STARTING, RUNNING, KILLING, FINISHED, FAILED, KILLED, ERROR, DROPPED, UNREACHABLE, GONE, GONE_BY_OPERATOR
 *   STARTING    → RUNNING, KILLING, FINISHED, FAILED, KILLED, ERROR, DROPPED, UNREACHABLE, GONE, GONE_BY_OPERATOR
 *   RUNNING     → RUNNING, KILLING, FINISHED, FAILED, KILLED, UNREACHABLE, GONE, GONE_BY_OPERATOR
 *   KILLING     → KILLED, FINISHED, FAILED, ERROR, DROPPED, UNREACHABLE, GONE, GONE_BY_OPERATOR
 *   UNREACHABLE → whatever the returning agent reports, LOST, GONE, GONE_BY_OPERATOR
 *   the end of an attempt → QUEUED, with the next attempt
 * </pre>
 *
 * That an end is followed by QUEUED at all, and that a task which is over stays so, is for {@link Tasks} to see to.
 */
public final class Transitions {
    /** The states that end an attempt. */
    public static final Set<TaskState> ENDS = Collections.unmodifiableSet(EnumSet.of(
            TASK_FINISHED,
            TASK_FAILED,
            TASK_KILLED,
            TASK_ERROR,
            TASK_LOST,
            TASK_DROPPED,
            TASK_GONE,
            TASK_GONE_BY_OPERATOR));

    private static final Map<TaskState, Set<TaskState>> LEGAL = legal();

    private Transitions() {}

    /** Whether a task may go from one state to the other. */
    public static boolean legal(TaskState from, TaskState to) {
        Set<TaskState> next = LEGAL.get(from);
        return next != null && next.contains(to);
    }

    /** Whether an attempt in this state is over. */
    public static boolean endsAttempt(TaskState state) {
        return ENDS.contains(state);
    }

    private static Map<TaskState, Set<TaskState>> legal() {
        Map<TaskState, Set<TaskState>> table = new EnumMap<>(TaskState.class);
        for (TaskState state : TaskState.values()) {
            table.put(state, EnumSet.noneOf(TaskState.class));
        }
        for (TaskState end : ENDS) {
            table.put(end, EnumSet.of(TASK_QUEUED));
        }
        Set<TaskState> whileOnAgent =
                EnumSet.of(TASK_FINISHED, TASK_FAILED, TASK_KILLED, TASK_UNREACHABLE, TASK_GONE, TASK_GONE_BY_OPERATOR);
        Set<TaskState> beforeRunning = with(whileOnAgent, TASK_RUNNING, TASK_KILLING, TASK_ERROR, TASK_DROPPED);

        table.put(TASK_QUEUED, EnumSet.of(TASK_STAGING, TASK_KILLED, TASK_ERROR));
        table.put(TASK_STAGING, with(beforeRunning, TASK_STARTING));
        table.put(TASK_STARTING, beforeRunning);
        table.put(TASK_RUNNING, with(whileOnAgent, TASK_RUNNING, TASK_KILLING));
        table.put(TASK_KILLING, with(whileOnAgent, TASK_ERROR, TASK_DROPPED));
        Set<TaskState> returned = with(ENDS, TASK_STAGING, TASK_STARTING, TASK_RUNNING, TASK_KILLING);
        table.put(TASK_UNREACHABLE, returned);
        return table;
    }

    private static Set<TaskState> with(Set<TaskState> some, TaskState... more) {
        Set<TaskState> all = EnumSet.copyOf(some);
        Collections.addAll(all, more);
        return all;
    }
}
