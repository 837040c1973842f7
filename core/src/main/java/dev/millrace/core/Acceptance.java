package dev.millrace.core;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what frameworks do with their offers. An offer is used once: with the first call that names it, it is gone, and what that call
 * leaves of it is free again. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Acceptance {
    private static final long LEAST_REFUSE_MS = 1_000;

    /** What the offers of a call hold, less what its operations have taken so far. */
    private record Accepted(
            Framework framework, Agent agent, Subscription subscription, Room room, Amount notReserved) {}

    private final PoolState state;
    private final Tasks tasks;
    private final Offers offers;
    private final FrameworkEvents events;
    private final Executors executors;

    Acceptance(PoolState state, Tasks tasks, Offers offers, FrameworkEvents events, Executors executors) {
        this.state = state;
        this.tasks = tasks;
        this.offers = offers;
        this.events = events;
        this.executors = executors;
    }

    void decline(Framework framework, DeclineOffers decline, Outbox out) {
        for (String id : decline.getOfferIds()) {
            OpenOffer offer = state.frameworks.offer(id);
            if (offer != null && offer.subscription.framework == framework) {
                state.frameworks.remove(offer, out);
                offers.filter(offer.subscription, offer.agent, refuseMs(decline.getRefuseMs()), out);
            }
        }
    }

    void accept(Framework framework, AcceptOffers accept, Outbox out) {
        List<OpenOffer> accepted = new ArrayList<>();
        String wrong = "";
        for (String id : accept.getOfferIds()) {
            OpenOffer offer = state.frameworks.offer(id);
            if (offer == null || offer.subscription.framework != framework) {
                wrong = "offer " + id + " is not out";
            } else {
                accepted.add(offer);
            }
        }
        for (OpenOffer offer : accepted) {
            OpenOffer first = accepted.get(0);
            if (offer.agent != first.agent || offer.subscription != first.subscription) {
                wrong = "offers " + first.id() + " and " + offer.id() + " are of different agents or roles";
            }
        }
        for (OpenOffer offer : accepted) {
            state.frameworks.remove(offer, out);
        }
        if (!wrong.isEmpty()) {
            drop(accept, Reason.REASON_INVALID_OFFERS, wrong, out);
            return;
        }
        OpenOffer first = accepted.get(0);
        Subscription subscription = first.subscription;
        Room room = first.agent.offered(accepted);
        Accepted offered = new Accepted(
                framework, first.agent, subscription, room, room.amount().copy());
        carryOut(accept, offered, out);
        settleUnits(subscription, accepted, offered.room());
        offers.filter(subscription, first.agent, refuseMs(accept.getRefuseMs()), out);
    }

    /** Gives back the offers of a call that was refused, and soon offers them again: its sender may have forgotten them. */
    void giveBack(Framework framework, List<String> offerIds, Reason reason, Outbox out) {
        for (String id : offerIds) {
            OpenOffer offer = state.frameworks.offer(id);
            if (offer != null && offer.subscription.framework == framework) {
                offers.rescind(offer, reason, out);
                offers.filter(offer.subscription, offer.agent, LEAST_REFUSE_MS, out);
            }
        }
    }

    /** Answers a call of which nothing is carried out. */
    void drop(AcceptOffers accept, Reason reason, String message, Outbox out) {
        String offerId =
                accept.getOfferIds().isEmpty() ? "" : accept.getOfferIds().get(0);
        List<OfferOperation> operations = accept.getOperations();
        for (int i = 0; i < operations.size(); i++) {
            OfferOperation operation = operations.get(i);
            for (TaskRequest task : operation.getTasks()) {
                tasks.refuse(
                        task, accept.getFrameworkId(), TaskState.TASK_DROPPED, Cause.scheduler(reason, message), out);
            }
            answer(accept, offerId, i, OperationState.OPERATION_DROPPED, reason, message, out);
        }
    }

    private void carryOut(AcceptOffers accept, Accepted offered, Outbox out) {
        String offerId = accept.getOfferIds().get(0);
        List<OfferOperation> operations = accept.getOperations();
        for (int i = 0; i < operations.size(); i++) {
            OfferOperation operation = operations.get(i);
            Optional<String> fault = switch (operation.getType()) {
                case LAUNCH -> launch(offered, operation.getTasks(), out);
                case LAUNCH_GROUP -> launchGroup(offered, operation.getTasks(), out);
                case RESERVE -> reserve(offered, operation.getReservation(), 1);
                case UNRESERVE -> reserve(offered, operation.getReservation(), -1);
                case OPERATION_UNKNOWN -> Optional.of("the operation is of an unknown type");
            };
            answer(
                    accept,
                    offerId,
                    i,
                    fault.isPresent() ? OperationState.OPERATION_FAILED : OperationState.OPERATION_FINISHED,
                    fault.isPresent() ? Reason.REASON_INVALID_CALL : Reason.REASON_NONE,
                    fault.orElse(""),
                    out);
        }
    }

    private void answer(
            AcceptOffers accept,
            String offerId,
            int index,
            OperationState operationState,
            Reason reason,
            String message,
            Outbox out) {
        OfferOperation operation = accept.getOperations().get(index);
        OperationUpdated updated = new OperationUpdated(
                state.pool,
                accept.getFrameworkId(),
                operation.getOperationId(),
                index,
                operation.getType(),
                offerId,
                operationState,
                reason,
                message,
                events.now());
        events.send(accept.getFrameworkId(), updated, out);
    }

    /** Starts each of the tasks that can be; says why one could not. */
    private Optional<String> launch(Accepted offered, List<TaskRequest> requests, Outbox out) {
        Optional<String> first = Optional.empty();
        for (TaskRequest request : requests) {
            Optional<Cause> fault = fault(offered, request, offered.room(), Set.of());
            if (fault.isPresent()) {
                refuse(offered, request, fault.get(), out);
                String message =
                        "task " + request.getTaskId() + ": " + fault.get().message();
                first = first.isPresent() ? first : Optional.of(message);
            } else {
                LaunchTask launch = launch(offered, request, out);
                out.sendToAgent(offered.agent().id, offered.agent().launchPartition, launch);
            }
        }
        return first;
    }

    /** Starts all of the tasks or none; says why not. */
    private Optional<String> launchGroup(Accepted offered, List<TaskRequest> requests, Outbox out) {
        Optional<Cause> wrong = groupFault(offered, requests);
        if (wrong.isPresent()) {
            requests.forEach(request -> refuse(offered, request, wrong.get(), out));
            return Optional.of(wrong.get().message());
        }
        List<LaunchTask> launches = new ArrayList<>();
        for (TaskRequest request : requests) {
            launches.add(launch(offered, request, out));
        }
        Agent agent = offered.agent();
        out.sendToAgent(agent.id, agent.launchPartition, new LaunchTaskGroup(agent.id, agent.incarnation, launches));
        return Optional.empty();
    }

    private Optional<Cause> groupFault(Accepted offered, List<TaskRequest> requests) {
        ExecutorSpec executor = requests.get(0).getExecutor();
        Room left = offered.room().copy();
        Set<String> ids = new TreeSet<>();
        for (TaskRequest request : requests) {
            Optional<Cause> fault = executor == null || !executor.equals(request.getExecutor())
                    ? Optional.of(invalid("the tasks of a group must have one and the same executor"))
                    : fault(offered, request, left, ids);
            if (fault.isPresent()) {
                String message = "task " + request.getTaskId() + " of the group: "
                        + fault.get().message();
                return Optional.of(Cause.scheduler(fault.get().reason(), message));
            }
            RequestClass need = state.waiting.trialClass(request);
            left.take(need);
            if (ids.isEmpty() && needsBeginning(offered, executor)) {
                left.amount().subtract(Amount.of(executor.getResources()));
            }
            ids.add(request.getTaskId());
        }
        return Optional.empty();
    }

    private void refuse(Accepted offered, TaskRequest request, Cause cause, Outbox out) {
        tasks.refuse(request, offered.framework().id, TaskState.TASK_ERROR, cause, out);
    }

    /**
     * Why a task can't be launched in that room; empty if it can.
     *
     * @param before the ids of the tasks that are launched just before it
     */
    private Optional<Cause> fault(Accepted offered, TaskRequest request, Room room, Set<String> before) {
        Agent agent = offered.agent();
        if (!request.getPool().equals(state.pool)
                || !request.getRole().equals(offered.subscription().role())) {
            return Optional.of(invalid("the offer is of pool " + state.pool + " and role "
                    + offered.subscription().role() + ", the task of pool " + request.getPool() + " and role "
                    + request.getRole()));
        }
        Optional<Cause> fault = tasks.launchFault(request);
        if (fault.isPresent()) {
            return fault;
        }
        if (before.contains(request.getTaskId())) {
            return Optional.of(Cause.scheduler(Reason.REASON_DUPLICATE_TASK_ID, "the group has two tasks of this id"));
        }
        if (agent.attempts() + before.size() >= state.settings.getMaxTasksPerAgent()) {
            return Optional.of(invalid("agent " + agent.id + " has as many tasks as an agent may have"));
        }
        if (agent.orphans.containsKey(new Agent.OrphanKey(request.getTaskId(), 1))) {
            return Optional.of(invalid("agent " + agent.id + " still has an attempt of an earlier task of this id"));
        }
        ExecutorSpec executor = request.getExecutor();
        Executor known = executor == null ? null : executor(offered, executor);
        if (known != null && known.stopping) {
            return Optional.of(
                    invalid("executor " + executor.getExecutorId() + " on agent " + agent.id + " is ending"));
        }
        if (known != null && !known.spec.equals(executor)) {
            return Optional.of(
                    invalid("agent " + agent.id + " has another executor of the id " + executor.getExecutorId()));
        }
        if (executor != null && known == null && agent.executors.size() >= state.settings.getMaxTasksPerAgent()) {
            return Optional.of(invalid("agent " + agent.id + " has as many executors as an agent may have tasks"));
        }
        Room left = room;
        if (executor != null && known == null && before.isEmpty()) {
            Amount needed = Amount.of(executor.getResources());
            if (!room.amount().covers(needed)) {
                return Optional.of(
                        invalid("its executor needs more than what is left of the offers" + lacking(room, needed)));
            }
            left = room.copy();
            left.amount().subtract(needed);
        }
        if (!left.fits(state.waiting.trialClass(request))) {
            return Optional.of(
                    invalid("it needs more than what is left of the offers" + lacking(left, Amount.of(request))));
        }
        return Optional.empty();
    }

    private static String lacking(Room room, Amount need) {
        List<String> lacking = room.amount().lacking(need);
        return lacking.isEmpty() ? "" : ": " + room.amount().text(lacking);
    }

    private LaunchTask launch(Accepted offered, TaskRequest request, Outbox out) {
        Agent agent = offered.agent();
        ExecutorSpec executor = request.getExecutor();
        Task task = tasks.accept(request, offered.framework().id, out);
        if (executor != null && needsBeginning(offered, executor)) {
            executors.begin(offered.framework(), agent, executor, task.leaf(), out);
            offered.room().amount().subtract(Amount.of(executor.getResources()));
        }
        state.occupancy.occupy(agent, task, offered.room());
        state.frameworks.add(task);
        return tasks.stage(task, agent, out);
    }

    private boolean needsBeginning(Accepted offered, ExecutorSpec executor) {
        return executor(offered, executor) == null;
    }

    private @Nullable Executor executor(Accepted offered, ExecutorSpec executor) {
        return offered.agent().executors.get(Executor.key(offered.framework().id, executor.getExecutorId()));
    }

    /** Reserves some of what is offered for the role (1), or takes back some of what is reserved (-1); says why it could not. */
    private Optional<String> reserve(Accepted offered, @Nullable Reservation reservation, int sign) {
        if (reservation == null
                || !reservation.getRole().equals(offered.subscription().role())) {
            return Optional.of("the offer is of role " + offered.subscription().role());
        }
        Amount amount = Amount.of(reservation.getResources());
        if (!offered.room().amount().covers(amount)) {
            List<String> lacking = offered.room().amount().lacking(amount);
            return Optional.of("only " + offered.room().amount().text(lacking) + " are left of the offers");
        }
        if (sign > 0 && !offered.notReserved().covers(amount)) {
            return Optional.of("this call has reserved what it was offered already");
        }
        Optional<String> fault = Reservations.change(state, offered.agent(), reservation, sign);
        if (fault.isEmpty() && sign > 0) {
            offered.notReserved().subtract(amount);
        }
        return fault;
    }

    /** What of the wanted units was offered and not used is wanted still. */
    private void settleUnits(Subscription subscription, List<OpenOffer> accepted, Room left) {
        Amount unit = subscription.unit();
        if (unit == null || !subscription.countsUnits()) {
            return;
        }
        long offered = 0;
        for (OpenOffer offer : accepted) {
            offered += offer.units;
        }
        state.frameworks.gotUnits(subscription, offered - left.amount().unitsOf(unit, offered));
    }

    private static Cause invalid(String message) {
        return Cause.scheduler(Reason.REASON_TASK_INVALID, message);
    }

    private static long refuseMs(long wantedMs) {
        return Math.max(LEAST_REFUSE_MS, wantedMs);
    }
}
