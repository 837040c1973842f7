package dev.millrace.core;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SchedulerHeartbeat;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.UpdateFramework;
import dev.millrace.schemas.FrameworkCall;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Takes what frameworks say: refuses what does not come from the scheduler that subscribed last, or comes too often, and hands on the rest.
 * Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class FrameworkCalls {
    private static final long MILLIS = 1_000;

    private final PoolState state;
    private final Tasks tasks;
    private final FrameworkEvents events;
    private final FrameworkLife life;
    private final Acceptance acceptance;
    private final Executors executors;
    private final Reconciliation reconciliation;

    FrameworkCalls(
            PoolState state,
            Tasks tasks,
            Offers offers,
            FrameworkEvents events,
            FrameworkLife life,
            Executors executors) {
        this.state = state;
        this.tasks = tasks;
        this.events = events;
        this.life = life;
        this.executors = executors;
        this.acceptance = new Acceptance(state, tasks, offers, events, executors);
        this.reconciliation = new Reconciliation(state, tasks, events);
    }

    Reconciliation reconciliation() {
        return reconciliation;
    }

    /** Takes a call. */
    void on(FrameworkCall caller, SpecificRecord call, Outbox out) {
        Framework framework = state.frameworks.get(caller.frameworkId());
        String name = call.getSchema().getName();
        if (call instanceof Subscribe subscribe) {
            life.subscribe(subscribe, framework, out);
            return;
        }
        String wrong = framework == null
                ? "no framework " + caller.frameworkId() + " is known in pool " + state.pool
                        + ": it never subscribed, or is over"
                : framework.incarnation != caller.incarnation()
                        ? "another scheduler of framework " + framework.id + " has subscribed"
                        : framework.state == FrameworkState.FRAMEWORK_TEARDOWN
                                ? "framework " + framework.id + " is over"
                                : "";
        if (framework == null || !wrong.isEmpty()) {
            Reason reason = framework == null
                    ? Reason.REASON_FRAMEWORK_UNKNOWN
                    : framework.incarnation != caller.incarnation()
                            ? Reason.REASON_FRAMEWORK_FENCED
                            : Reason.REASON_FRAMEWORK_REMOVED;
            events.error(caller, name, true, reason, wrong, out);
            drop(call, reason, wrong, out);
            return;
        }
        if (!(call instanceof FrameworkLeaving)) {
            life.heard(framework, out);
        }
        if (!isAdmitted(framework, call)) {
            String message = "a framework may make " + state.settings.getFrameworkCallsPerSecond()
                    + " calls a second in pool " + state.pool;
            events.error(caller, name, false, Reason.REASON_RATE_LIMITED, message, out);
            drop(call, Reason.REASON_RATE_LIMITED, message, out);
            return;
        }
        take(framework, call, out);
    }

    /** Refuses a call that breaks rules of the contract. */
    void refuse(FrameworkCall caller, SpecificRecord call, String message, Outbox out) {
        events.error(caller, call.getSchema().getName(), false, Reason.REASON_INVALID_CALL, message, out);
        drop(call, Reason.REASON_INVALID_CALL, message, out);
    }

    private void take(Framework framework, SpecificRecord call, Outbox out) {
        if (call instanceof AcceptOffers accept) {
            acceptance.accept(framework, accept, out);
        } else if (call instanceof DeclineOffers decline) {
            acceptance.decline(framework, decline, out);
        } else if (call instanceof ReviveOffers revive) {
            life.revive(framework, revive, out);
        } else if (call instanceof SuppressOffers suppress) {
            life.suppress(framework, suppress, out);
        } else if (call instanceof UpdateFramework update) {
            life.update(framework, update, out);
        } else if (call instanceof FrameworkHeartbeat) {
            SchedulerHeartbeat answer =
                    new SchedulerHeartbeat(state.pool, framework.id, framework.incarnation, events.now());
            events.send(framework.id, answer, out);
        } else if (call instanceof FrameworkLeaving) {
            life.disconnect(framework, "its scheduler left", out);
        } else if (call instanceof Teardown) {
            life.tearDown(framework, "it said so", out);
        } else if (call instanceof KillFrameworkTask kill) {
            kill(framework, kill, out);
        } else if (call instanceof ShutdownExecutor shutdown) {
            shutDown(framework, shutdown, out);
        } else if (call instanceof ReconcileTasks reconcile) {
            reconciliation.begin(framework, reconcile, out);
        } else if (call instanceof SendMessage message) {
            message(framework, message, out);
        } else {
            throw new IllegalArgumentException("no rule for " + call.getSchema().getFullName());
        }
    }

    /** Answers what a call that is not taken would have had answered. */
    private void drop(SpecificRecord call, Reason reason, String message, Outbox out) {
        if (call instanceof AcceptOffers accept) {
            acceptance.drop(accept, reason, message, out);
        }
    }

    /** Whether the framework may make a call now; if so it is counted. What keeps it alive or ends it always may. */
    private boolean isAdmitted(Framework framework, SpecificRecord call) {
        if (call instanceof FrameworkHeartbeat || call instanceof FrameworkLeaving || call instanceof Teardown) {
            return true;
        }
        long most = state.settings.getFrameworkCallsPerSecond();
        // A thousandth of a call comes in with each ms and call a second.
        long sinceMs = Math.min(MILLIS, state.clocks.elapsedMs() - framework.callsReckonedMs);
        long left = Math.min(most * MILLIS, framework.callMillisLeft + sinceMs * most);
        if (left < MILLIS) {
            return false;
        }
        framework.callMillisLeft = left - MILLIS;
        framework.callsReckonedMs = state.clocks.elapsedMs();
        state.frameworks.touch(framework);
        return true;
    }

    private void kill(Framework framework, KillFrameworkTask kill, Outbox out) {
        Task task = framework.tasks.get(kill.getTaskId());
        if (task == null) {
            reconciliation.answer(framework, "", List.of(kill.getTaskId()), out);
            return;
        }
        tasks.kill(new KillRequest(state.pool, task.id, kill.getGracePeriodMs(), "framework " + framework.id, ""), out);
    }

    private void shutDown(Framework framework, ShutdownExecutor shutdown, Outbox out) {
        Executor executor = executor(framework, shutdown.getAgentId(), shutdown.getExecutorId());
        if (executor == null) {
            events.error(
                    new FrameworkCall(framework.id, framework.incarnation),
                    shutdown.getSchema().getName(),
                    false,
                    Reason.REASON_INVALID_CALL,
                    "framework " + framework.id + " has no executor " + shutdown.getExecutorId() + " on agent "
                            + shutdown.getAgentId(),
                    out);
            return;
        }
        executors.stop(executor, "its framework asked for it", out);
    }

    private void message(Framework framework, SendMessage message, Outbox out) {
        Executor executor = executor(framework, message.getAgentId(), message.getExecutorId());
        if (executor != null && executor.agent.isActive()) {
            Agent agent = executor.agent;
            out.sendToAgent(
                    agent.id,
                    agent.launchPartition,
                    new MessageToExecutor(
                            state.pool,
                            agent.id,
                            agent.incarnation,
                            framework.id,
                            message.getExecutorId(),
                            message.getData()));
        }
    }

    private @Nullable Executor executor(Framework framework, String agentId, String executorId) {
        Agent agent = state.agents.get(agentId);
        return agent == null ? null : agent.executors.get(Executor.key(framework.id, executorId));
    }
}
