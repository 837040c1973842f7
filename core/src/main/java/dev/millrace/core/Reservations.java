package dev.millrace.core;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.Unreserve;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/**
 * Carries out what operators say of reservations. What an agent's own configuration reserves is not theirs to change. Mutable through
 * {@link PoolState} only; owned by the stream thread.
 */
final class Reservations {
    /** So many reservations of operators an agent may have. */
    private static final int MAX_RESERVATIONS = 100;

    private static final Comparator<Reservation> BY_ROLE_AND_LABELS =
            Comparator.comparing(Reservation::getRole).thenComparing(Reservation::getLabels, Reservations::compare);

    private final PoolState state;
    private final Answers answers;

    Reservations(PoolState state, Answers answers) {
        this.state = state;
        this.answers = answers;
    }

    /** Reserves some of an agent, if that much is neither reserved nor used by others. */
    void reserve(Reserve command, Outbox out) {
        Agent agent = state.agents.get(command.getAgentId());
        Optional<String> fault = agent == null
                ? Optional.of(unknown(command.getAgentId()))
                : change(state, agent, command.getReservation(), 1);
        answer(command, command.getCommandId(), command.getAgentId(), fault, out);
    }

    /** Takes back some of what was reserved, if nobody uses it. */
    void unreserve(Unreserve command, Outbox out) {
        Agent agent = state.agents.get(command.getAgentId());
        Optional<String> fault = agent == null
                ? Optional.of(unknown(command.getAgentId()))
                : change(state, agent, command.getReservation(), -1);
        answer(command, command.getCommandId(), command.getAgentId(), fault, out);
    }

    /** Why so much of the agent can't be reserved; empty if it can. */
    static Optional<String> reserveFault(Agent agent, Reservation wanted) {
        List<Reservation> reservations = with(agent.reservations, wanted, 1);
        if (reservations.size() > MAX_RESERVATIONS) {
            return Optional.of("an agent may have " + MAX_RESERVATIONS + " reservations at the most");
        }
        Amount amount = Amount.of(wanted.getResources());
        // Where this is negative, that much too much is asked for.
        Amount possible = agent.openWith(reservations).copy();
        possible.add(amount);
        List<String> lacking = possible.lacking(amount);
        return lacking.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "only " + possible.text(lacking) + " of the agent's are neither reserved nor used by others");
    }

    /** Why so much of what operators reserved can't be taken back; empty if it can. */
    static Optional<String> unreserveFault(Agent agent, Reservation wanted) {
        Amount amount = Amount.of(wanted.getResources());
        Amount reserved = agent.reservations.stream()
                .filter(reservation -> BY_ROLE_AND_LABELS.compare(reservation, wanted) == 0)
                .map(reservation -> Amount.of(reservation.getResources()))
                .findFirst()
                .orElse(Amount.zero());
        List<String> lacking = reserved.lacking(amount);
        if (!lacking.isEmpty()) {
            return Optional.of("only " + reserved.text(lacking) + " are reserved by command for role "
                    + wanted.getRole() + " and these labels");
        }
        // What the agent does not have at the moment is reserved in name only, and nobody uses it.
        Amount ofAgent = agent.total.nothing();
        ofAgent.add(amount);
        Amount left = agent.reservedLeft(wanted.getRole());
        Amount inUse = ofAgent.beyond(left);
        List<String> used = left.lacking(ofAgent);
        return used.isEmpty() ? Optional.empty() : Optional.of(inUse.text(used) + " of it are in use");
    }

    /** These reservations and one more, or less one; sorted by role and labels. */
    private static List<Reservation> with(List<Reservation> reservations, Reservation change, int sign) {
        List<Reservation> changed = new ArrayList<>();
        Amount amount = Amount.of(change.getResources());
        for (Reservation reservation : reservations) {
            if (BY_ROLE_AND_LABELS.compare(reservation, change) == 0) {
                Amount before = Amount.of(reservation.getResources());
                Amount sum = Amount.sum(sign > 0 ? List.of(before, amount) : List.of(before));
                if (sign < 0) {
                    sum.subtract(amount);
                }
                amount = sum;
            } else {
                changed.add(reservation);
            }
        }
        if (!amount.isNothing()) {
            changed.add(new Reservation(change.getRole(), amount.toResources(), change.getLabels()));
        }
        changed.sort(BY_ROLE_AND_LABELS);
        return changed;
    }

    /** Reserves some of an agent (1) or takes it back (-1), as far as it can be; says why it could not. */
    static Optional<String> change(PoolState state, Agent agent, Reservation reservation, int sign) {
        Optional<String> fault = sign > 0 ? reserveFault(agent, reservation) : unreserveFault(agent, reservation);
        if (fault.isEmpty()) {
            apply(state, agent, with(agent.reservations, reservation, sign));
        }
        return fault;
    }

    private static void apply(PoolState state, Agent agent, List<Reservation> reservations) {
        state.capacity.change(agent, () -> {
            agent.reservations = reservations;
            agent.balance();
        });
        state.touch(agent);
        // Also a reservation can make room: what a role gets of its own it no longer takes from the one above.
        state.gotRoom(agent);
    }

    private void answer(SpecificRecord command, String commandId, String agentId, Optional<String> fault, Outbox out) {
        if (fault.isPresent()) {
            answers.refused(command, commandId, agentId, fault.get(), out);
        } else {
            answers.done(command, commandId, agentId, "", out);
        }
    }

    private String unknown(String agentId) {
        return "no agent " + agentId + " is known in pool " + state.pool;
    }

    private static int compare(List<KeyValue> a, List<KeyValue> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int byKey = a.get(i).getKey().compareTo(b.get(i).getKey());
            int byLabel =
                    byKey != 0 ? byKey : a.get(i).getValue().compareTo(b.get(i).getValue());
            if (byLabel != 0) {
                return byLabel;
            }
        }
        return Integer.compare(a.size(), b.size());
    }
}
