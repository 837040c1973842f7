package dev.millrace.core;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Unreserve;
import dev.millrace.schemas.FrameworkCall;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Validator;
import dev.millrace.state.PoolSettings;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Decides for one pool. Each step takes one input, does what follows from it, then goes on with whatever is due: timers, what is to be
 * forgotten, placements, up to the step's budget. If more is left, it sends the pool a {@link Continue}. Mutable; owned by the stream thread.
 */
final class PoolScheduler {
    /** A Continue that has not come after so much elapsed time is sent again. */
    private static final long CONTINUE_TIMEOUT_MS = 10_000;

    private final PoolState state;
    private final Tasks tasks;
    private final Agents agents;
    private final AgentLosses losses;
    private final Answers answers;
    private final RoleCommands roleCommands;
    private final Reservations reservations;
    private final FrameworkEvents events;
    private final Executors executors;
    private final Offers offers;
    private final FrameworkLife life;
    private final FrameworkCalls calls;
    private final Placement placement;
    private final OfferReclaim reclaim;
    private final Preemption preemption;
    private final Holds holds;
    private final Explanations explanations;
    private final PoolViews views;

    PoolScheduler(PoolState state) {
        this.state = state;
        this.events = new FrameworkEvents(state);
        this.executors = new Executors(state, events);
        this.tasks = new Tasks(state, executors);
        this.answers = new Answers(state);
        this.reservations = new Reservations(state, answers);
        this.offers = new Offers(state, events);
        this.life = new FrameworkLife(state, tasks, offers, events, executors, answers);
        this.calls = new FrameworkCalls(state, tasks, offers, events, life, executors);
        this.agents = new Agents(state, tasks, answers, offers, executors, events);
        this.losses = new AgentLosses(state);
        this.roleCommands = new RoleCommands(state, answers);
        this.placement = new Placement(state, tasks, offers);
        this.reclaim = new OfferReclaim(state, offers);
        this.preemption = new Preemption(state, tasks, reclaim);
        this.holds = new Holds(state);
        this.explanations = new Explanations(state);
        this.views = new PoolViews(state);
    }

    PoolState state() {
        return state;
    }

    Questions questions() {
        return new Questions(state, explanations, losses);
    }

    /** Takes an input of this pool. */
    void on(SpecificRecord input, Budget budget, Outbox out) {
        handle(input, out);
        proceed(budget, out);
        events.tell(out);
        state.saveChanges(out);
    }

    /** Answers an input of a pool that has nothing, and keeps nothing of it. */
    void answer(SpecificRecord input, Outbox out) {
        handle(input, out);
    }

    /** Answers an input that is not taken, because of what the message says. */
    void refuse(SpecificRecord input, String message, Outbox out) {
        out.reject(DeadLetterReason.INVALID, message);
        if (input instanceof TaskRequest request) {
            tasks.refuse(request, Cause.scheduler(Reason.REASON_TASK_INVALID, message), out);
        } else if (input instanceof AgentRegistered registered) {
            agents.fence(registered, message, out);
        } else {
            FrameworkCall.of(input).ifPresent(caller -> calls.refuse(caller, input, message, out));
        }
    }

    /** The clocks have moved. */
    void tick(Budget budget, Outbox out) {
        state.gangs.lookAgain();
        boolean allDone = proceed(budget, out);
        if (allDone) {
            holds.letGoOver();
            reclaim.atTick(budget, out);
            // That may have made room.
            allDone = !placement.placeAll(budget, out);
        }
        if (allDone) {
            holds.holdDue();
            preemption.atTick(budget, out);
            explanations.explainSome(out);
        } else if (state.continueSentMs == PoolState.NO_CONTINUE) {
            sendContinue(out);
        } else if (state.clocks.elapsedMs() - state.continueSentMs >= CONTINUE_TIMEOUT_MS) {
            // It was skipped as poison, say, or its topic was made anew.
            sendContinue(out);
        }
        state.gangs.endLook();
        views.publishIfChanged(out);
        events.tell(out);
        state.saveChanges(out);
    }

    private void handle(SpecificRecord input, Outbox out) {
        if (input instanceof TaskRequest request) {
            tasks.request(request, out);
            return;
        }
        List<String> faults = Validator.faults(input);
        if (!faults.isEmpty()) {
            refuse(input, String.join("; ", faults), out);
            return;
        }
        if (input instanceof KillRequest kill) {
            tasks.kill(kill, out);
        } else if (input instanceof TaskReport report) {
            tasks.report(report, out);
        } else if (input instanceof AgentHeartbeat heartbeat) {
            agents.heard(heartbeat, out);
        } else if (input instanceof AgentRegistered registered) {
            agents.registered(registered, out);
        } else if (input instanceof AgentLeaving leaving) {
            agents.leaving(leaving, out);
        } else if (input instanceof ConfigurePool configure) {
            configure(configure, out);
        } else if (input instanceof RemoveAgent removal) {
            agents.removed(removal, out);
        } else if (input instanceof SetRole set) {
            roleCommands.set(set, out);
        } else if (input instanceof RemoveRole remove) {
            roleCommands.remove(remove, out);
        } else if (input instanceof Reserve reserve) {
            reservations.reserve(reserve, out);
        } else if (input instanceof Unreserve unreserve) {
            reservations.unreserve(unreserve, out);
        } else if (input instanceof ExecutorEnded ended) {
            executors.ended(ended, out);
        } else if (input instanceof MessageFromExecutor message) {
            executors.message(message, out);
        } else if (input instanceof TeardownFramework teardown) {
            life.tearDown(teardown, out);
        } else if (input instanceof Continue) {
            state.continueTaken();
        } else {
            FrameworkCall caller = FrameworkCall.of(input)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "no rule for " + input.getSchema().getFullName()));
            calls.on(caller, input, out);
        }
    }

    private void configure(ConfigurePool command, Outbox out) {
        List<String> faults = SettingsRules.faults(SettingsRules.applied(state.settings, command));
        if (faults.isEmpty()) {
            PoolSettings before = state.settings;
            state.configure(SettingsRules.applied(before, command));
            if (state.settings.getMaxTasksPerAgent() > before.getMaxTasksPerAgent()) {
                state.waiting.unblockAll();
            }
            state.frameworks.lookAtAll();
            if (state.settings.getHeartbeatIntervalMs() != before.getHeartbeatIntervalMs()
                    || state.settings.getUnreachableTimeoutMs() != before.getUnreachableTimeoutMs()) {
                life.termsChanged(out);
            }
            answers.done(command, command.getCommandId(), state.pool, "", out);
        } else {
            answers.refused(command, command.getCommandId(), state.pool, String.join("; ", faults), out);
        }
    }

    /** Goes on with what is due. False = the budget is spent and more is left. */
    private boolean proceed(Budget budget, Outbox out) {
        boolean allDone = fireTimers(budget, out)
                && fireFrameworkTimers(budget, out)
                && forgetEnded(budget)
                && life.goOnWithdrawing(budget, out)
                && life.goOnEnding(budget, out)
                && state.frameworks.filters.removeVoid(budget, out)
                && !placement.placeAll(budget, out);
        if (allDone) {
            preemption.forReleased(budget, out);
        }
        // Answers can wait, and nothing waits for them.
        boolean allTold = calls.reconciliation().goOn(budget, out);
        if (!(allDone && allTold) && state.continueSentMs == PoolState.NO_CONTINUE) {
            sendContinue(out);
        }
        return allDone;
    }

    private void sendContinue(Outbox out) {
        state.continueSent();
        out.send(Topic.INTERNAL, state.pool, new Continue(state.pool));
    }

    private boolean fireTimers(Budget budget, Outbox out) {
        for (Agent agent = agents.silent(); agent != null; agent = agents.silent()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1 + agent.tasks.size());
            agents.silenced(agent, out);
        }
        for (Agent agent = agents.forgettable(); agent != null; agent = agents.forgettable()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            agents.forgotten(agent, out);
        }
        for (Gang gang = state.gangs.late(); gang != null; gang = state.gangs.late()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(gang.members.size());
            tasks.timeOut(gang, out);
        }
        return fireTaskTimers(budget, out);
    }

    private boolean fireTaskTimers(Budget budget, Outbox out) {
        for (Agent agent = losses.due(); agent != null; agent = losses.due()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1 + agent.tasks.size());
            losses.declare(agent);
        }
        for (Task task = losses.dueTask(); task != null; task = losses.dueTask()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            tasks.lost(task, out);
        }
        for (Task task = releasable(); task != null; task = releasable()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            state.release(task);
        }
        return true;
    }

    private boolean fireFrameworkTimers(Budget budget, Outbox out) {
        for (Framework framework = life.silent(); framework != null; framework = life.silent()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            life.disconnect(framework, "its scheduler was not heard of within the timeout", out);
        }
        for (Framework framework = life.overdue(); framework != null; framework = life.overdue()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            life.tearDown(framework, "its scheduler did not come back within the failover timeout", out);
        }
        for (OpenOffer offer = offers.late(); offer != null; offer = offers.late()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            offers.timeOut(offer, out);
        }
        for (Filter filter = offers.over(); filter != null; filter = offers.over()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            state.frameworks.filters.remove(filter, out);
        }
        return true;
    }

    private @Nullable Task releasable() {
        Task task = due(TaskTimers.Kind.RESTART_DELAY, state.clocks.elapsedMs());
        return task != null ? task : due(TaskTimers.Kind.NOT_BEFORE, state.clocks.wallMs());
    }

    private @Nullable Task due(TaskTimers.Kind kind, long nowMs) {
        Task task = state.timers.first(kind);
        return task != null && task.timerMs <= nowMs ? task : null;
    }

    private boolean forgetEnded(Budget budget) {
        for (Task task = forgettable(); task != null; task = forgettable()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            state.forget(task);
        }
        return true;
    }

    private @Nullable Task forgettable() {
        if (state.timers.size(TaskTimers.Kind.ENDED) > state.settings.getEndedHorizonTasks()) {
            return state.timers.first(TaskTimers.Kind.ENDED);
        }
        return due(TaskTimers.Kind.ENDED, state.clocks.elapsedMs() - state.settings.getEndedHorizonMs());
    }
}
