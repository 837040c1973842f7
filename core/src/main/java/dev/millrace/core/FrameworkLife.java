package dev.millrace.core;

import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Reason;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.UpdateFramework;
import dev.millrace.schemas.FrameworkCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to a framework: its scheduler subscribes, falls silent, is followed by another; it is torn down. The states are those of
 * {@link Framework}. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class FrameworkLife {
    private static final long LIVENESS_BUCKETS = 4;
    private static final long MILLIS = 1_000;
    /** So many frameworks a pool may have: each costs something whenever an agent gets room. */
    private static final int MOST_FRAMEWORKS = 1_000;

    private final PoolState state;
    private final Tasks tasks;
    private final Offers offers;
    private final FrameworkEvents events;
    private final Executors executors;
    private final Answers answers;

    FrameworkLife(
            PoolState state, Tasks tasks, Offers offers, FrameworkEvents events, Executors executors, Answers answers) {
        this.state = state;
        this.tasks = tasks;
        this.offers = offers;
        this.events = events;
        this.executors = executors;
        this.answers = answers;
    }

    /** Listens to a scheduler from now on, and to no other one of its framework. */
    void subscribe(Subscribe subscribe, @Nullable Framework known, Outbox out) {
        FrameworkCall caller = new FrameworkCall(subscribe.getFrameworkId(), subscribe.getIncarnation());
        Optional<String> fault = constraintFault(subscribe.getRoles());
        if (fault.isPresent()) {
            events.error(caller, "Subscribe", "", true, Reason.REASON_INVALID_CALL, fault.get(), out);
            return;
        }
        if (known == null && state.frameworks.size() >= MOST_FRAMEWORKS) {
            String message = "pool " + state.pool + " has " + MOST_FRAMEWORKS + " frameworks, and may not have more";
            events.error(caller, "Subscribe", "", true, Reason.REASON_INVALID_CALL, message, out);
            return;
        }
        if (known != null && known.isFenced(subscribe.getIncarnation())) {
            String message = "another scheduler of framework " + known.id + " has subscribed after this one";
            events.error(caller, "Subscribe", "", true, Reason.REASON_FRAMEWORK_FENCED, message, out);
            return;
        }
        if (known != null && known.state == FrameworkState.FRAMEWORK_TEARDOWN) {
            String message = "framework " + known.id + " is being torn down, and may subscribe again when that is done";
            events.error(caller, "Subscribe", "", true, Reason.REASON_FRAMEWORK_REMOVED, message, out);
            return;
        }
        if (known != null && known.incarnation == subscribe.getIncarnation()) {
            heard(known, out);
            events.subscribed(known, true, out);
            tellOffers(known);
            return;
        }
        Framework framework = known == null ? state.frameworks.add(subscribe.getFrameworkId()) : known;
        if (known == null) {
            framework.registeredWallMs = state.clocks.wallMs();
            framework.callMillisLeft = state.settings.getFrameworkCallsPerSecond() * MILLIS;
            framework.callsReckonedMs = state.clocks.elapsedMs();
        } else if (known.isActive()) {
            String message = "another scheduler of framework " + known.id + " has subscribed";
            events.over(known, Reason.REASON_FRAMEWORK_FENCED, message, out);
        }
        state.frameworks.change(framework, () -> {
            if (known == null) {
                framework.incarnation = subscribe.getIncarnation();
            } else {
                framework.follow(subscribe.getIncarnation());
            }
            framework.reconciliationId = null;
            framework.name = subscribe.getName();
            framework.principal = subscribe.getPrincipal();
            framework.webUiUrl = subscribe.getWebUiUrl();
            framework.labels = subscribe.getLabels();
            framework.failoverTimeoutMs = subscribe.getFailoverTimeoutMs();
            framework.state = FrameworkState.FRAMEWORK_ACTIVE;
            framework.sinceMs = state.clocks.elapsedMs();
            framework.heardMs = bucketStartMs();
        });
        takeRoles(framework, subscribe.getRoles(), out);
        events.subscribed(framework, known != null, out);
        events.changed(framework, FrameworkState.FRAMEWORK_ACTIVE, Reason.REASON_NONE, "", out);
        tellOffers(framework);
    }

    /** Takes other roles and another failover timeout. */
    void update(Framework framework, UpdateFramework update, Outbox out) {
        Optional<String> fault = constraintFault(update.getRoles());
        if (fault.isPresent()) {
            refuse(framework, "UpdateFramework", fault.get(), out);
            return;
        }
        state.frameworks.change(framework, () -> framework.failoverTimeoutMs = update.getFailoverTimeoutMs());
        takeRoles(framework, update.getRoles(), out);
    }

    /** Offers again what was declined, and ends suppressions. */
    void revive(Framework framework, ReviveOffers revive, Outbox out) {
        List<Subscription> subscriptions = named(framework, revive.getRoles(), "ReviveOffers", out);
        for (Subscription subscription : subscriptions) {
            if (revive.getUnitsWanted() != null && subscription.unit() == null) {
                String message = "role " + subscription.role() + " has no unit, so no number of units can be wanted";
                refuse(framework, "ReviveOffers", message, out);
                return;
            }
        }
        for (Subscription subscription : subscriptions) {
            state.frameworks.filters.voidAll(subscription);
            subscription.suppress(false);
            if (revive.getUnitsWanted() != null) {
                subscription.wantUnits(revive.getUnitsWanted());
            }
            state.frameworks.candidates.lookAtAll(subscription);
        }
        state.frameworks.touch(framework);
    }

    /** Offers nothing more in these roles. */
    void suppress(Framework framework, SuppressOffers suppress, Outbox out) {
        for (Subscription subscription : named(framework, suppress.getRoles(), "SuppressOffers", out)) {
            subscription.suppress(true);
            state.frameworks.candidates.lookAtAll(subscription);
        }
        state.frameworks.touch(framework);
    }

    /** Notes that its scheduler lives. */
    void heard(Framework framework, Outbox out) {
        long heardMs = bucketStartMs();
        boolean back = framework.state == FrameworkState.FRAMEWORK_DISCONNECTED;
        if (heardMs != framework.heardMs || back) {
            state.frameworks.change(framework, () -> {
                framework.heardMs = heardMs;
                framework.state = FrameworkState.FRAMEWORK_ACTIVE;
                framework.sinceMs = back ? state.clocks.elapsedMs() : framework.sinceMs;
            });
        }
        if (back) {
            events.changed(framework, FrameworkState.FRAMEWORK_ACTIVE, Reason.REASON_NONE, "", out);
        }
    }

    /** The framework whose scheduler was not heard of for the timeout; null = there is none. */
    @Nullable
    Framework silent() {
        Framework framework = state.frameworks.firstHeard();
        return framework != null
                        && framework.heardMs + state.settings.getUnreachableTimeoutMs() + bucketMs()
                                <= state.clocks.elapsedMs()
                ? framework
                : null;
    }

    /** Takes back what is offered to a framework and keeps its tasks until the failover timeout. */
    void disconnect(Framework framework, String message, Outbox out) {
        if (!framework.isActive()) {
            return;
        }
        state.frameworks.change(framework, () -> {
            framework.state = FrameworkState.FRAMEWORK_DISCONNECTED;
            framework.sinceMs = state.clocks.elapsedMs();
        });
        events.changed(
                framework, FrameworkState.FRAMEWORK_DISCONNECTED, Reason.REASON_FRAMEWORK_DISCONNECTED, message, out);
    }

    /** The framework whose failover timeout is over; null = there is none. */
    @Nullable
    Framework overdue() {
        Framework framework = state.frameworks.firstToEnd();
        return framework != null && framework.failoverEndsMs() <= state.clocks.elapsedMs() ? framework : null;
    }

    /** Ends a framework on an operator's word. */
    void tearDown(TeardownFramework command, Outbox out) {
        Framework framework = state.frameworks.get(command.getFrameworkId());
        if (framework == null) {
            String message = "no framework " + command.getFrameworkId() + " is known in pool " + state.pool;
            answers.refused(command, command.getCommandId(), command.getFrameworkId(), message, out);
            return;
        }
        int taskCount = framework.tasks.size();
        if (framework.state != FrameworkState.FRAMEWORK_TEARDOWN) {
            String message = "an operator has torn the framework down"
                    + (command.getMessage().isEmpty() ? "" : ": " + command.getMessage());
            events.over(framework, Reason.REASON_FRAMEWORK_REMOVED, message, out);
            tearDown(framework, command.getMessage(), out);
        }
        answers.done(
                command,
                command.getCommandId(),
                framework.id,
                taskCount == 1 ? "1 task is killed" : taskCount + " tasks are killed",
                out);
    }

    /** Ends a framework: nothing is offered to it any more, and its tasks are killed step by step. */
    void tearDown(Framework framework, String message, Outbox out) {
        framework.subscriptions.values().forEach(state.frameworks.filters::voidAll);
        state.frameworks.change(framework, () -> {
            framework.state = FrameworkState.FRAMEWORK_TEARDOWN;
            framework.sinceMs = state.clocks.elapsedMs();
            framework.reconciliationId = null;
        });
        for (Task task : framework.tasks.values()) {
            if (!task.killRequested) {
                framework.toKill.put(task.id, task);
            }
        }
        events.changed(framework, FrameworkState.FRAMEWORK_TEARDOWN, Reason.REASON_FRAMEWORK_REMOVED, message, out);
        if (framework.toKill.isEmpty()) {
            executors.stopAll(framework, out);
        }
    }

    /** Goes on with taking back the offers of frameworks that are not active. False = the budget is spent and more is left. */
    boolean goOnWithdrawing(Budget budget, Outbox out) {
        for (Framework next = state.frameworks.firstWithdrawing();
                next != null;
                next = state.frameworks.firstWithdrawing()) {
            Reason reason = next.state == FrameworkState.FRAMEWORK_TEARDOWN
                    ? Reason.REASON_FRAMEWORK_REMOVED
                    : Reason.REASON_FRAMEWORK_DISCONNECTED;
            for (Subscription subscription : next.subscriptions.values()) {
                while (!subscription.offers.isEmpty()) {
                    if (!budget.isLeft()) {
                        return false;
                    }
                    budget.spend(1);
                    offers.rescind(subscription.offers.firstEntry().getValue(), reason, out);
                }
            }
            state.frameworks.noteWithdrawing(next);
        }
        return true;
    }

    /** Goes on with what ends. False = the budget is spent and more is left. */
    boolean goOnEnding(Budget budget, Outbox out) {
        for (Framework framework : state.frameworks.ending()) {
            if (!framework.subscriptions.isEmpty()) {
                state.frameworks.subscribe(framework, List.of());
            }
            while (!framework.toKill.isEmpty()) {
                if (!budget.isLeft()) {
                    return false;
                }
                budget.spend(1);
                Task task = framework.toKill.firstEntry().getValue();
                tasks.kill(
                        new KillRequest(state.pool, task.id, null, "", "framework " + framework.id + " is over"), out);
            }
            if (framework.tasks.isEmpty() && framework.executors.isEmpty()) {
                budget.spend(1);
                state.frameworks.forget(framework);
                events.changed(framework, FrameworkState.FRAMEWORK_REMOVED, Reason.REASON_FRAMEWORK_REMOVED, "", out);
            }
        }
        return true;
    }

    /** Heartbeat interval or timeout are others: who subscribed is told, and is as good as heard of until then. */
    void termsChanged(Outbox out) {
        for (Framework framework : state.frameworks.all()) {
            if (framework.isActive()) {
                state.frameworks.change(framework, () -> framework.heardMs = bucketStartMs());
                events.subscribed(framework, true, out);
            }
        }
    }

    private void takeRoles(Framework framework, List<FrameworkRole> roles, Outbox out) {
        for (Subscription subscription : framework.subscriptions.values()) {
            if (roles.stream().noneMatch(wants -> wants.getRole().equals(subscription.role()))) {
                offers.rescindAll(subscription, Reason.REASON_NONE, out);
                state.frameworks.filters.voidAll(subscription);
            }
        }
        state.frameworks.subscribe(framework, roles);
    }

    private void tellOffers(Framework framework) {
        for (Subscription subscription : framework.subscriptions.values()) {
            subscription.offers.values().forEach(events::made);
        }
    }

    /** The framework's subscriptions of these roles, or all of them; none if there is one that it is not in, which it is told. */
    private List<Subscription> named(Framework framework, List<String> roles, String call, Outbox out) {
        if (roles.isEmpty()) {
            return List.copyOf(framework.subscriptions.values());
        }
        List<Subscription> named = new ArrayList<>();
        for (String role : roles) {
            Subscription subscription = framework.subscriptions.get(role);
            if (subscription == null) {
                refuse(framework, call, "framework " + framework.id + " is not in role " + role, out);
                return List.of();
            }
            named.add(subscription);
        }
        return named;
    }

    private void refuse(Framework framework, String call, String message, Outbox out) {
        events.error(
                new FrameworkCall(framework.id, framework.incarnation),
                call,
                "",
                false,
                Reason.REASON_INVALID_CALL,
                message,
                out);
    }

    private static Optional<String> constraintFault(List<FrameworkRole> roles) {
        for (FrameworkRole role : roles) {
            Optional<String> fault = ConstraintSet.fault(role.getConstraints());
            if (fault.isPresent()) {
                return Optional.of("role " + role.getRole() + ": " + fault.get());
            }
        }
        return Optional.empty();
    }

    private long bucketMs() {
        return Math.max(1, state.settings.getUnreachableTimeoutMs() / LIVENESS_BUCKETS);
    }

    private long bucketStartMs() {
        return state.clocks.elapsedMs() - state.clocks.elapsedMs() % bucketMs();
    }
}
