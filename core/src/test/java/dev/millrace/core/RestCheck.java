package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Spread;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.List;

/**
 * Looks at a pool after a long quiet time: each task has ended, or waits for what no agent has, no process runs without its task, and nothing is
 * left of frameworks.
 */
final class RestCheck {
    private final SimulatedPool world;
    private final PoolScheduler pool;
    private final Shard shard;

    RestCheck(SimulatedPool world, Shard shard, PoolScheduler pool) {
        this.world = world;
        this.shard = shard;
        this.pool = pool;
    }

    /** Whether nothing occupies an agent any more, on either side, and nobody waits for a time or for what is kept for him. */
    boolean isAtRest() {
        PoolState state = pool.state();
        // What is left of a step is still to come.
        boolean nothingIsOccupied = state.continueSentMs == PoolState.NO_CONTINUE
                && state.held.isEmpty()
                && state.timers.size(TaskTimers.Kind.RESTART_DELAY) == 0
                && state.timers.size(TaskTimers.Kind.NOT_BEFORE) == 0;
        for (Agent agent : pool.state().capacity.agents()) {
            nothingIsOccupied &= agent.attempts() == 0 && agent.executors.isEmpty();
        }
        return nothingIsOccupied && world.agents().stream().allMatch(agent -> agent.processes() == 0);
    }

    void check() {
        for (SimulatedAgent agent : world.agents()) {
            assertThat(agent.processes()).as("processes on %s", agent).isZero();
        }
        for (Agent agent : pool.state().capacity.agents()) {
            assertThat(agent.free.toResources())
                    .as("free on %s with %s and orphans %s", agent.id, agent.tasks.keySet(), agent.orphans.keySet())
                    .isEqualTo(agent.total.toResources());
            assertThat(agent.unoccupied().ports().freeCount())
                    .as("free ports on %s", agent.id)
                    .isEqualTo(Ports.count(agent.resources.getPorts()));
        }
        assertNothingIsLeftOfFrameworks();
        assertThat(world.books().unanswered()).as("requests without an answer").isEmpty();
        for (TaskStatus status : world.books().last()) {
            if (!status.getTaskEnded()) {
                assertThat(status.getState()).as("%s", status).isEqualTo(TaskState.TASK_QUEUED);
                assertThat(couldRun(world.books().request(status.getTaskId())))
                        .as(
                                "%s could run: %s",
                                world.books().request(status.getTaskId()),
                                shard.explain(world.name(), status.getTaskId()).map(TaskExplanation::why))
                        .isFalse();
            }
        }
    }

    private void assertNothingIsLeftOfFrameworks() {
        for (Framework framework : pool.state().frameworks.all()) {
            assertThat(framework.state).as("state of %s", framework.id).isEqualTo(FrameworkState.FRAMEWORK_TEARDOWN);
            assertThat(framework.tasks.size() + framework.executors.size())
                    .as("what %s has", framework.id)
                    .isPositive();
            assertThat(framework.tasks.values())
                    .allMatch(task -> !pool.state().agent(task.agentId).isActive());
            assertThat(framework.executors).allMatch(executor -> !executor.agent.isActive());
        }
        assertThat(pool.state().frameworks.oldestOffer()).as("offers").isNull();
    }

    private boolean couldRun(TaskRequest request) {
        if (request.getGang() != null) {
            assertNoMemberRuns(request);
            return false;
        }
        if (request.getSpreads().stream().anyMatch(Spread::getRequired)
                && !world.books().nothingIsPlaced()) {
            return false; // Tasks of unreachable agents may be all that its part of the cluster may have.
        }
        return world.agents().stream().anyMatch(agent -> fitsEmpty(request, agent));
    }

    /** A gang that was placed before may have too few agents now. None of it may run without the others. */
    private void assertNoMemberRuns(TaskRequest request) {
        for (TaskRequest other : world.books().requests()) {
            if (other.getGang() != null && other.getGang().equals(request.getGang())) {
                assertThat(world.books().last(other.getTaskId()).getState())
                        .as("member %s of a gang that waits", other.getTaskId())
                        .matches(state -> state == TaskState.TASK_QUEUED || Transitions.endsAttempt(state));
            }
        }
    }

    private boolean fitsEmpty(TaskRequest request, SimulatedAgent agent) {
        Agent known = pool.state().agents.get(agent.id());
        if (known == null || !known.isActive()) {
            return false;
        }
        Agent empty = new Agent(agent.id(), 0, pool.state().terms());
        empty.register(agent.registration().build(), 1);
        empty.staticReservations = known.staticReservations;
        empty.reservations = known.reservations;
        empty.balance();
        RequestClass requestClass = new RequestClass(
                "c",
                Role.leafOf(new Role(request.getRole(), null), ""),
                request,
                new ConstraintSet(request.getConstraints(), List.of()));
        return requestClass.fits(empty, 1)
                && request.getAffinities().stream()
                        .allMatch(affinity -> world.books().holds(affinity, request, agent.id()));
    }
}
