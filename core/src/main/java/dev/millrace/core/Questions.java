package dev.millrace.core;

import dev.millrace.contract.TaskState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers questions about how a pool stands, and changes nothing. */
final class Questions {
    private static final long SECOND_MS = 1_000;

    private final PoolState state;
    private final Explanations explanations;
    private final AgentLosses losses;

    Questions(PoolState state, Explanations explanations, AgentLosses losses) {
        this.state = state;
        this.explanations = explanations;
        this.losses = losses;
    }

    List<RoleReport> roles() {
        state.roles.reckonAll();
        List<RoleReport> reports = new ArrayList<>();
        for (Role role : state.roles.all()) {
            reports.add(RoleReport.of(role));
        }
        return reports;
    }

    Optional<TaskExplanation> explain(String taskId) {
        Task task = state.task(taskId);
        if (task == null) {
            return Optional.empty();
        }
        List<RoleReport> roles = roles();
        return Optional.of(new TaskExplanation(
                task.id,
                task.role,
                task.state,
                task.waiting ? explanations.explain(task.unit(), task) : null,
                task.waiting ? position(task) : 0,
                task.waiting ? waitingIn(task.unit().leaf) : 0,
                waitsFor(task),
                roles));
    }

    /** How a task that was requested for a plan stands. */
    PlannedTask planned(String taskId, @Nullable String refusal) {
        Task task = state.task(taskId);
        if (refusal != null || task == null) {
            return new PlannedTask(
                    taskId,
                    TaskState.TASK_ERROR,
                    null,
                    List.of(),
                    List.of(),
                    List.of(),
                    null,
                    refusal == null ? "" : refusal);
        }
        return new PlannedTask(
                taskId,
                task.state,
                task.hold != null ? task.hold.getAgentId() : task.agentId,
                task.ports,
                task.gpuDevices,
                givingWayTo(taskId),
                task.waiting ? explanations.explain(task.unit(), task) : null,
                task.state == TaskState.TASK_QUEUED ? waitsFor(task) : task.ended ? task.message : "");
    }

    private static long position(Task task) {
        long before = 0;
        Role leaf = task.unit().leaf;
        for (Iterable<RequestClass> classes : List.of(leaf.ready, leaf.stalled)) {
            for (RequestClass requestClass : classes) {
                for (Task other : requestClass.waiting) {
                    if (!RequestClass.precedes(other, task)) {
                        break;
                    }
                    before++;
                }
            }
        }
        return before + 1;
    }

    private static long waitingIn(Role leaf) {
        long waiting = 0;
        for (Iterable<RequestClass> classes : List.of(leaf.ready, leaf.stalled)) {
            for (RequestClass requestClass : classes) {
                waiting += requestClass.waiting.size();
            }
        }
        return waiting;
    }

    private String waitsFor(Task task) {
        if (task.timer == TaskTimers.Kind.NOT_BEFORE) {
            return "its not-before time of " + task.request().getNotBefore();
        }
        if (task.timer == TaskTimers.Kind.RESTART_DELAY) {
            long leftMs = task.timerMs - state.clocks.elapsedMs();
            return "the delay before its attempt " + task.attempt + ", " + seconds(leftMs) + " s more";
        }
        if (losses.holdsBack(task)) {
            int before = losses.agentsBefore(task);
            return "its agent to be declared lost: the pool may lose " + state.settings.getAgentLossesPerMinute()
                    + " agents a minute, " + before + (before == 1 ? " agent is" : " agents are") + " before it, about "
                    + seconds(losses.waitMs(before)) + " s more";
        }
        return "";
    }

    private static long seconds(long ms) {
        return (ms + SECOND_MS - 1) / SECOND_MS;
    }

    /** The tasks that are giving way to that one, by id. */
    private List<String> givingWayTo(String taskId) {
        List<String> ids = new ArrayList<>();
        for (Agent agent : state.agents.values()) {
            for (Task task : agent.tasks.values()) {
                if (task.givesWay && taskId.equals(task.preemptor)) {
                    ids.add(task.id);
                }
            }
        }
        Collections.sort(ids);
        return ids;
    }
}
