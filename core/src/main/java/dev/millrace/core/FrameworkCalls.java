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
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Takes what frameworks say: refuses what does not come from the scheduler that subscribed last, or comes too often, and hands on the rest.
 * Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class FrameworkCalls {
    private static final long MILLIS = 1_000;
    private static final long ROLE_WEIGHT = 10;

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
        if (!(call instanceof Subscribe)) {
            Cause fault = fault(framework, caller);
            if (framework == null || fault != null) {
                refuse(caller, call, true, Objects.requireNonNull(fault), out);
                return;
            }
            if (!(call instanceof FrameworkLeaving)) {
                life.heard(framework, out);
            }
        }
        // Who is not known has nothing yet by which calls could be counted; how many there may be is bounded.
        if (framework != null && !isAdmitted(framework, call)) {
            String message = "a framework may make " + state.settings.getFrameworkCallsPerSecond()
                    + " calls a second in pool " + state.pool;
            refuse(caller, call, false, Cause.scheduler(Reason.REASON_RATE_LIMITED, message), out);
            return;
        }
        if (call instanceof Subscribe subscribe) {
            life.subscribe(subscribe, framework, out);
        } else if (framework != null) {
            take(framework, call, out);
        }
    }

    /** Refuses a call that breaks rules of the contract. */
    void refuse(FrameworkCall caller, SpecificRecord call, String message, Outbox out) {
        // Who can't subscribe can't do anything.
        boolean fatal = call instanceof Subscribe;
        refuse(caller, call, fatal, Cause.scheduler(Reason.REASON_INVALID_CALL, message), out);
    }

    /** Why a call does not come from the process that speaks for the framework; null = it does. */
    private @Nullable Cause fault(@Nullable Framework framework, FrameworkCall caller) {
        if (framework == null) {
            return Cause.scheduler(
                    Reason.REASON_FRAMEWORK_UNKNOWN,
                    "no framework " + caller.frameworkId() + " is known in pool " + state.pool
                            + ": it never subscribed, or is over");
        }
        if (framework.incarnation != caller.incarnation()) {
            return Cause.scheduler(
                    Reason.REASON_FRAMEWORK_FENCED,
                    "another scheduler of framework " + framework.id + " has subscribed");
        }
        return framework.state == FrameworkState.FRAMEWORK_TEARDOWN
                ? Cause.scheduler(Reason.REASON_FRAMEWORK_REMOVED, "framework " + framework.id + " is over")
                : null;
    }

    /** Says that a call is not taken, and answers what it would have had answered. Offers that it names are given back. */
    private void refuse(FrameworkCall caller, SpecificRecord call, boolean fatal, Cause cause, Outbox out) {
        events.error(caller, call.getSchema().getName(), subject(call), fatal, cause.reason(), cause.message(), out);
        Framework framework = state.frameworks.get(caller.frameworkId());
        if (call instanceof AcceptOffers accept) {
            acceptance.drop(accept, cause.reason(), cause.message(), out);
        }
        if (framework == null || fault(framework, caller) != null) {
            return;
        }
        if (call instanceof AcceptOffers accept) {
            acceptance.giveBack(framework, accept.getOfferIds(), cause.reason(), out);
        } else if (call instanceof DeclineOffers decline) {
            acceptance.giveBack(framework, decline.getOfferIds(), cause.reason(), out);
        }
    }

    private static String subject(SpecificRecord call) {
        if (call instanceof KillFrameworkTask kill) {
            return kill.getTaskId();
        } else if (call instanceof ReconcileTasks reconcile) {
            return reconcile.getReconciliationId();
        } else if (call instanceof ShutdownExecutor shutdown) {
            return shutdown.getExecutorId();
        } else if (call instanceof SendMessage message) {
            return message.getExecutorId();
        } else if (call instanceof AcceptOffers accept) {
            return accept.getOfferIds().isEmpty() ? "" : accept.getOfferIds().get(0);
        } else if (call instanceof DeclineOffers decline) {
            return decline.getOfferIds().isEmpty() ? "" : decline.getOfferIds().get(0);
        }
        return "";
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

    /** Whether the framework may make a call now; if so it is counted. What keeps it alive or ends it always may. */
    private boolean isAdmitted(Framework framework, SpecificRecord call) {
        if (call instanceof FrameworkHeartbeat || call instanceof FrameworkLeaving || call instanceof Teardown) {
            return true;
        }
        long most = state.settings.getFrameworkCallsPerSecond();
        // A thousandth of a call comes in with each ms and call a second.
        long sinceMs = Math.min(MILLIS, state.clocks.elapsedMs() - framework.callsReckonedMs);
        long left = Math.min(most * MILLIS, framework.callMillisLeft + sinceMs * most);
        long cost = Math.min(weight(framework, call), most) * MILLIS;
        if (left < cost) {
            return false;
        }
        framework.callMillisLeft = left - cost;
        framework.callsReckonedMs = state.clocks.elapsedMs();
        state.frameworks.touch(framework);
        return true;
    }

    /** How many calls it counts for: after some, all agents are looked at for each role. */
    private static long weight(Framework framework, SpecificRecord call) {
        if (call instanceof Subscribe subscribe) {
            return ROLE_WEIGHT * subscribe.getRoles().size();
        } else if (call instanceof UpdateFramework update) {
            return ROLE_WEIGHT * update.getRoles().size();
        } else if (call instanceof ReviveOffers revive) {
            int named = revive.getRoles().size();
            return ROLE_WEIGHT * (named == 0 ? framework.subscriptions.size() : named);
        }
        return 1;
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
                    shutdown.getExecutorId(),
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
