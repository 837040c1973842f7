package dev.millrace.client;

import dev.millrace.contract.TaskState;
import dev.millrace.state.SavedTask;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which tasks to show. Begin with {@link #all} and narrow it.
 *
 * @param pool only of this pool; empty = of every pool
 * @param taskIdPrefix only those whose id begins so
 * @param submissionId only of this submission; empty = of every one
 * @param agentId only those whose current or last attempt is on this agent; empty = on any or none
 * @param frameworkId only those that this framework launched; empty = of any or none
 * @param states only in these states
 * @param ended true = also those that are over and still remembered
 */
public record TaskFilter(
        String pool,
        String taskIdPrefix,
        String submissionId,
        String agentId,
        String frameworkId,
        Set<TaskState> states,
        boolean ended) {
    private static final Set<TaskState> EVERY_STATE = Collections.unmodifiableSet(EnumSet.allOf(TaskState.class));

    public TaskFilter {
        states = states.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(states));
    }

    /** Every task that is known. */
    public static TaskFilter all() {
        return new TaskFilter("", "", "", "", "", EVERY_STATE, true);
    }

    public TaskFilter inPool(String onlyPool) {
        return new TaskFilter(onlyPool, taskIdPrefix, submissionId, agentId, frameworkId, states, ended);
    }

    public TaskFilter withIdPrefix(String prefix) {
        return new TaskFilter(pool, prefix, submissionId, agentId, frameworkId, states, ended);
    }

    public TaskFilter ofSubmission(String onlySubmissionId) {
        return new TaskFilter(pool, taskIdPrefix, onlySubmissionId, agentId, frameworkId, states, ended);
    }

    public TaskFilter onAgent(String onlyAgentId) {
        return new TaskFilter(pool, taskIdPrefix, submissionId, onlyAgentId, frameworkId, states, ended);
    }

    public TaskFilter ofFramework(String onlyFrameworkId) {
        return new TaskFilter(pool, taskIdPrefix, submissionId, agentId, onlyFrameworkId, states, ended);
    }

    public TaskFilter inStates(Set<TaskState> onlyStates) {
        return new TaskFilter(pool, taskIdPrefix, submissionId, agentId, frameworkId, onlyStates, ended);
    }

    /** Only tasks that are not over. */
    public TaskFilter live() {
        return new TaskFilter(pool, taskIdPrefix, submissionId, agentId, frameworkId, states, false);
    }

    /** Whether the key of a task, pool/task, does not exclude it already. */
    boolean admitsKey(String key) {
        int slash = key.indexOf('/');
        return (pool.isEmpty() || (slash == pool.length() && key.startsWith(pool)))
                && key.startsWith(taskIdPrefix, slash + 1);
    }

    boolean admits(SavedTask task) {
        return (ended || !task.getEnded())
                && states.contains(task.getState())
                && (submissionId.isEmpty() || task.getSubmissionId().equals(submissionId))
                && (agentId.isEmpty() || agentId.equals(task.getAgentId()))
                && (frameworkId.isEmpty() || frameworkId.equals(task.getFrameworkId()));
    }
}
