package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The waiting tasks that are interchangeable when they are placed: they have the same role, resources and constraints. What does not fit
 * one of them fits none, so they share the work of finding out, and the explanation. Mutable; owned by the stream thread.
 */
final class RequestClass {
    private static final Comparator<Task> BY_PRIORITY_THEN_SUBMISSION =
            Comparator.<Task>comparingInt(t -> -t.priority).thenComparingLong(t -> t.submission);

    /** Its role, resources and constraints as text; no two classes share one. */
    final String text;

    final Amount need;
    final ConstraintSet constraints;
    final TreeSet<Task> waiting = new TreeSet<>(BY_PRIORITY_THEN_SUBMISSION);

    /**
     * True = no agent can take one of its tasks at the moment, which holds until an agent gets room. It saves looking again and decides
     * nothing.
     */
    boolean blocked;

    /** The explanation that was published last; null = none, or none since the class last came into being. */
    @Nullable
    PendingExplained explained;

    /** True = it is in the list of what the step changed. */
    boolean touched;

    RequestClass(String text, Amount need, ConstraintSet constraints) {
        this.text = text;
        this.need = need;
        this.constraints = constraints;
    }

    /** Whether the agent has room for one more of these tasks and meets the constraints. */
    boolean fits(Agent agent, int maxTasksPerAgent) {
        return agent.isActive()
                && agent.attempts() < maxTasksPerAgent
                && agent.free.covers(need)
                && constraints.admits(agent);
    }
}
