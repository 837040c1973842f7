package dev.millrace.core;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what frameworks are offered. When it is a framework's turn in the order of roles, it is offered what the first agent, by id, has for
 * it: whole units if it has said how many it wants, otherwise all that its role may use there; never what it declined and not more than the
 * limits of its role leave. So offers and queues share one order and one ledger. Mutable through {@link PoolState} only; owned by the stream
 * thread.
 */
final class Offers {
    /** What an agent has for a framework. */
    private record Content(Amount amount, List<PortRange> ports, List<Integer> devices, int units) {}

    private final PoolState state;
    private final FrameworkEvents events;
    /** Whether a limit has taken something off what was reckoned last. */
    private boolean capped;
    /** Whether what was reckoned last would have been more if more units were wanted. */
    private boolean fewWanted;

    Offers(PoolState state, FrameworkEvents events) {
        this.state = state;
        this.events = events;
    }

    /** Offers something to the framework whose turn it is, or notes that there is nothing for it. True = the budget is spent. */
    boolean offerNext(Subscription subscription, Budget budget, Outbox out) {
        if (isLimited(subscription)) {
            state.frameworks.candidates.limit(subscription);
            return false;
        }
        while (!subscription.candidates.isEmpty()) {
            String agentId = subscription.candidates.first();
            Agent agent = state.agents.get(agentId);
            capped = false;
            fewWanted = false;
            Content content = agent == null || !agent.isActive() ? null : content(subscription, agent);
            if (content != null && agent != null) {
                if (!budget.isLeft()) {
                    return true;
                }
                make(subscription, agent, content, out);
                budget.spend(1);
                return false;
            }
            subscription.candidates.remove(agentId);
            if (capped) {
                state.frameworks.candidates.keep(subscription, agentId);
            }
            if (fewWanted) {
                subscription.forMoreUnits.add(agentId);
            }
        }
        state.roles.readyChanged(subscription.leaf);
        return false;
    }

    /** Whether the agent has something for the framework now; for tests of what is passed over. */
    boolean hasSomething(Subscription subscription, Agent agent) {
        return !isLimited(subscription) && content(subscription, agent) != null;
    }

    /** Takes an offer back and says so. */
    void rescind(OpenOffer offer, Reason reason, Outbox out) {
        state.frameworks.remove(offer, out);
        events.rescinded(offer, reason);
    }

    /** Takes back all that is offered of an agent. */
    void rescindAll(Agent agent, Reason reason, Outbox out) {
        for (OpenOffer offer : List.copyOf(agent.offers.values())) {
            rescind(offer, reason, out);
        }
    }

    /** Takes back all that is offered to a framework in a role. */
    void rescindAll(Subscription subscription, Reason reason, Outbox out) {
        for (OpenOffer offer : List.copyOf(subscription.offers.values())) {
            rescind(offer, reason, out);
        }
    }

    /** The offer that was not answered in time; null = there is none. */
    @Nullable
    OpenOffer late() {
        OpenOffer oldest = state.frameworks.oldestOffer();
        return oldest != null && oldest.madeMs + state.settings.getOfferTimeoutMs() <= state.clocks.elapsedMs()
                ? oldest
                : null;
    }

    /** The filter whose time is over; null = there is none. */
    @Nullable
    Filter over() {
        Filter first = state.frameworks.filters.first();
        return first != null && first.untilMs() <= state.clocks.elapsedMs() ? first : null;
    }

    /** Takes a late offer back. Its framework is not offered it again for as long as it had it, so that it keeps others from nothing. */
    void timeOut(OpenOffer offer, Outbox out) {
        rescind(offer, Reason.REASON_OFFER_TIMEOUT, out);
        filter(offer.subscription, offer.agent, state.settings.getOfferTimeoutMs(), out);
    }

    /** For a time the framework is offered the agent in that role only if it has more for it than now. */
    void filter(Subscription subscription, Agent agent, long forMs, Outbox out) {
        Amount now = everything(agent.open(subscription.role()));
        if (now.isNothing()) {
            return; // What comes will be more than that.
        }
        Filter before = subscription.filters.get(agent.id);
        long untilMs = state.clocks.elapsedMs() + forMs;
        boolean stillHolds = before != null && before.amount().covers(now);
        long longestMs = before == null || !stillHolds ? untilMs : Math.max(untilMs, before.untilMs());
        state.frameworks.filters.add(
                new Filter(subscription, agent.id, now, now.toResources(portsOf(now)), longestMs), out);
    }

    private static Amount everything(Room room) {
        Amount amount = room.amount().beyond(Amount.zero());
        amount.ports = room.ports().freeCount();
        return amount;
    }

    /** So many ports as ranges; which ones they are says nothing in a filter. */
    private static List<PortRange> portsOf(Amount amount) {
        return amount.ports == 0 ? List.of() : List.of(new PortRange(1, (int) Math.min(65_535, amount.ports)));
    }

    private void make(Subscription subscription, Agent agent, Content content, Outbox out) {
        OpenOffer offer = new OpenOffer(
                state.offerNumber(),
                subscription,
                agent,
                content.amount().toResources(content.ports()),
                content.devices(),
                content.units(),
                state.clocks.elapsedMs());
        state.frameworks.add(offer, out);
        events.made(offer);
    }

    /** Whether the limits of the role leave nothing worth offering, of whichever agent. */
    private boolean isLimited(Subscription subscription) {
        Amount unit = subscription.unit();
        if (unit != null) {
            return state.roles.limiting(subscription.leaf, unit, null) != null;
        }
        Amount most = Amount.zero();
        most.cpuMillis = Long.MAX_VALUE;
        most.memMib = Long.MAX_VALUE;
        state.roles.cap(subscription.leaf, most);
        return !isWorthOffering(most);
    }

    private boolean isWorthOffering(Amount amount) {
        return amount.cpuMillis >= Math.max(1, state.settings.getMinOfferCpuMillis())
                || amount.memMib >= Math.max(1, state.settings.getMinOfferMemMib());
    }

    /** What the agent has for the framework now; null = nothing. */
    private @Nullable Content content(Subscription subscription, Agent agent) {
        if (agent.attempts() >= state.settings.getMaxTasksPerAgent()
                || !subscription.constraints().admits(agent)) {
            return null;
        }
        Room room = agent.open(subscription.role());
        Amount unit = subscription.unit();
        Content content = unit != null && subscription.countsUnits()
                ? units(subscription, unit, room)
                : all(subscription, unit, room);
        Filter filter = content == null ? null : subscription.filters.get(agent.id);
        return filter != null && content != null && filter.amount().covers(content.amount()) ? null : content;
    }

    private @Nullable Content units(Subscription subscription, Amount unit, Room room) {
        long wanted = Math.min(subscription.unitsLeft(), Integer.MAX_VALUE);
        long most = room.amount().unitsOf(unit, wanted);
        if (unit.gpuMillis > 0 && unit.gpuMillis < Devices.DEVICE_MILLIS) {
            // Parts of several devices are no devices.
            most = Math.min(most, room.devices().fit(unit.gpuMillis) ? 1 : 0);
        } else if (unit.gpuMillis > 0) {
            most = Math.min(most, room.devices().whollyFree() / Devices.wholeDevices(unit.gpuMillis));
        }
        if (most <= 0) {
            return null;
        }
        Amount allowed = unit.times(most);
        state.roles.cap(subscription.leaf, allowed);
        long units = allowed.unitsOf(unit, most);
        capped = units < most;
        if (units == 0) {
            return null;
        }
        fewWanted = units == wanted;
        Amount amount = unit.times(units);
        return new Content(
                amount,
                room.ports().firstFree((int) amount.ports),
                room.devices().choose(amount.gpuMillis, null),
                (int) units);
    }

    private @Nullable Content all(Subscription subscription, @Nullable Amount unit, Room room) {
        Amount amount = everything(room);
        int whole = room.devices().whollyFree();
        amount.gpuMillis = Math.min(
                amount.gpuMillis,
                whole > 0
                        ? (long) whole * Devices.DEVICE_MILLIS
                        : room.devices().largestFreeMillis());
        Amount allowed = amount.copy();
        state.roles.cap(subscription.leaf, allowed);
        if (allowed.gpuMillis > Devices.DEVICE_MILLIS) {
            allowed.gpuMillis -= allowed.gpuMillis % Devices.DEVICE_MILLIS;
        }
        capped = !allowed.covers(amount);
        if (unit == null ? !isWorthOffering(allowed) : !fits(unit, allowed, room)) {
            return null;
        }
        return new Content(
                allowed,
                room.ports().firstFree((int) allowed.ports),
                room.devices().choose(allowed.gpuMillis, null),
                0);
    }

    private static boolean fits(Amount unit, Amount amount, Room room) {
        return amount.covers(unit) && room.devices().fit(unit.gpuMillis);
    }
}
