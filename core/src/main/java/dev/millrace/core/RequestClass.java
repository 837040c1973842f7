package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.TaskRequest;
import java.util.Comparator;
import java.util.List;
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

    final String role;
    final Amount need;
    /** The very ports that it needs. */
    final List<PortRange> ports;
    /** How many ports of the agent's choice it needs beside those. */
    final int portCount;

    final ConstraintSet constraints;
    /** Where the tasks may be with regard to others; null = anywhere. */
    final @Nullable NearnessRules nearness;

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

    RequestClass(String text, TaskRequest request, ConstraintSet constraints) {
        this(text, request, constraints, null);
    }

    RequestClass(String text, TaskRequest request, ConstraintSet constraints, @Nullable NearnessRules nearness) {
        this.text = text;
        this.role = request.getRole();
        this.need = Amount.of(request);
        this.ports = request.getResources().getPorts();
        this.portCount = request.getPortCount();
        this.constraints = constraints;
        this.nearness = nearness;
    }

    /** Whether the agent has room for one more of these tasks and meets the constraints. */
    boolean fits(Agent agent, int maxTasksPerAgent) {
        return fits(agent, maxTasksPerAgent, null);
    }

    /** Whether the agent has room for this one of these tasks, which may use what is held for it, and meets the constraints. */
    boolean fits(Agent agent, int maxTasksPerAgent, @Nullable Task holder) {
        return agent.isActive()
                && agent.attempts() < maxTasksPerAgent
                && agent.open(role, holder).fits(this)
                && constraints.admits(agent)
                && (nearness == null || nearness.admits(this, agent));
    }
}
