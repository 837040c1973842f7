package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.TaskRequest;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The waiting tasks that are interchangeable when they are placed: they have the same role, resources, constraints and so on. What does not
 * fit one of them fits none, so they share the work of finding out, and the explanation. The waiting members of a {@link Gang} are a class
 * too, though they need not be alike: they are placed together. Mutable; owned by the stream thread.
 */
final class RequestClass {
    /** What becomes of a class while it has waiting tasks. */
    enum Place {
        /** It may have room. */
        READY,
        /** No agent can take one of its tasks at the moment, which holds until an agent gets room. */
        BLOCKED,
        /** A role would have more than its limit, which holds until that role has less. */
        LIMITED,
        /** A gang that lacks members. */
        INCOMPLETE
    }

    private static final Comparator<Task> BY_PRIORITY_THEN_SUBMISSION =
            Comparator.<Task>comparingInt(t -> -t.priority).thenComparingLong(t -> t.submission);

    /** Classes of one role in the order in which their first tasks are served. */
    static final Comparator<RequestClass> BY_HEAD =
            (a, b) -> a == b ? 0 : BY_PRIORITY_THEN_SUBMISSION.compare(a.waiting.first(), b.waiting.first());

    /** Its role, resources, constraints and so on as text; no two classes share one. */
    final String text;

    /** Where it is queued. */
    final Role leaf;

    /** What each of its tasks needs; for a gang, nothing. */
    final Amount need;
    /** The very ports that each of its tasks needs. */
    final List<PortRange> ports;
    /** How many ports of the agent's choice each of them needs beside those. */
    final int portCount;

    final ConstraintSet constraints;
    /** The gang whose waiting members these are; null = the tasks are no gang's. */
    final @Nullable Gang gang;
    /** Where the tasks may be with regard to others; null = anywhere. */
    final @Nullable NearnessRules nearness;

    final TreeSet<Task> waiting = new TreeSet<>(BY_PRIORITY_THEN_SUBMISSION);

    /** How many tasks that are not over it has, waiting or not. */
    int tasks;
    /** Where it stands in the queue. It saves looking again and decides nothing. */
    Place place = Place.READY;
    /** The role whose limit it waits for, if it does. */
    @Nullable
    Role limitedBy;

    /** The explanation that was published last; null = none, or none since the class last came into being. */
    @Nullable
    PendingExplained explained;

    /** True = it is in the list of what the step changed. */
    boolean touched;

    RequestClass(String text, Role leaf, TaskRequest request, ConstraintSet constraints) {
        this(text, leaf, request, constraints, null);
    }

    RequestClass(
            String text, Role leaf, TaskRequest request, ConstraintSet constraints, @Nullable NearnessRules nearness) {
        this.text = text;
        this.leaf = leaf;
        this.need = Amount.of(request);
        this.ports = request.getResources().getPorts();
        this.portCount = request.getPortCount();
        this.constraints = constraints;
        this.gang = null;
        this.nearness = nearness;
    }

    RequestClass(String text, Role leaf, ConstraintSet constraints, Gang gang) {
        this.text = text;
        this.leaf = leaf;
        this.need = Amount.zero();
        this.ports = List.of();
        this.portCount = 0;
        this.constraints = constraints;
        this.gang = gang;
        this.nearness = null;
    }

    /** Whether the one is served before the other, if both are of one role. */
    static boolean precedes(Task one, Task other) {
        return BY_PRIORITY_THEN_SUBMISSION.compare(one, other) < 0;
    }

    /** Whether the agent has room for one more of these tasks and meets the constraints. */
    boolean fits(Agent agent, int maxTasksPerAgent) {
        return fits(agent, maxTasksPerAgent, null);
    }

    /** Whether the agent has room for this one of these tasks, which may use what is held for it, and meets the constraints. */
    boolean fits(Agent agent, int maxTasksPerAgent, @Nullable Task holder) {
        return agent.isActive()
                && agent.attempts() < maxTasksPerAgent
                && agent.open(leaf.name, holder).fits(this)
                && constraints.admits(agent)
                && (nearness == null || nearness.admits(this, agent));
    }
}
