package dev.millrace.core;

import dev.millrace.contract.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes offers back for waiting tasks with a higher claim: those of a role that would be served before the framework's even if nothing were
 * offered to it, because it has less than its guarantee or a smaller share. Frameworks have a moment to answer first. Looked after at ticks, when
 * everything that has room was placed. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class OfferReclaim {
    /** An offer stands for so long, whoever would have a higher claim. */
    private static final long LEAST_AGE_MS = 1_000;

    private static final int CLASSES_A_TICK = 32;
    private static final long ROUND_MS = 1_000;
    /** So many agents with offers are looked at for a class. */
    private static final int AGENTS_A_LOOK = 64;

    private final PoolState state;
    private final Offers offers;

    OfferReclaim(PoolState state, Offers offers) {
        this.state = state;
        this.offers = offers;
    }

    /** Takes back what would give the next tasks in order room, of one agent for each class. */
    void atTick(Budget budget, Outbox out) {
        if (state.frameworks.oldestOffer() == null || state.waiting.size() == 0) {
            return;
        }
        List<Role> leaves = state.roles.leavesInOrder();
        reclaimFor(Roles.waiting(leaves, 0, CLASSES_A_TICK), budget, out);
        int others = state.waiting.classCount() - CLASSES_A_TICK;
        if (others > 0) {
            long round = state.clocks.elapsedMs() / ROUND_MS % others;
            long skipped = CLASSES_A_TICK + round * CLASSES_A_TICK % others;
            reclaimFor(Roles.waiting(leaves, skipped, CLASSES_A_TICK), budget, out);
        }
    }

    /** Whether a task of the class will get room by taking offers back, so that nobody need give way to it. */
    boolean canServe(RequestClass requestClass) {
        return state.frameworks.oldestOffer() != null && inTheWay(requestClass, 0) != null;
    }

    private void reclaimFor(List<RequestClass> classes, Budget budget, Outbox out) {
        for (RequestClass requestClass : classes) {
            if (!budget.isLeft()) {
                return;
            }
            if (requestClass.gang != null
                    || requestClass.waiting.first().hold != null
                    || state.roles.limiting(requestClass) != null
                    || state.find(requestClass) != null) {
                continue;
            }
            List<OpenOffer> inTheWay = inTheWay(requestClass, LEAST_AGE_MS);
            if (inTheWay != null) {
                for (OpenOffer offer : inTheWay) {
                    offers.rescind(offer, Reason.REASON_OFFER_RECLAIMED, out);
                }
                budget.spend(inTheWay.size());
            }
        }
    }

    /** The offers of one agent, of those made first, without which a task of the class would have room there; null = there is no such agent. */
    private @Nullable List<OpenOffer> inTheWay(RequestClass requestClass, long leastAgeMs) {
        TreeSet<String> seen = new TreeSet<>();
        for (OpenOffer offer : state.frameworks.offersInOrder()) {
            if (state.clocks.elapsedMs() - offer.madeMs < leastAgeMs || seen.size() == AGENTS_A_LOOK) {
                return null;
            }
            if (seen.add(offer.agent.id)) {
                List<OpenOffer> found = inTheWay(requestClass, offer.agent, leastAgeMs);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private @Nullable List<OpenOffer> inTheWay(RequestClass requestClass, Agent agent, long leastAgeMs) {
        if (!agent.withOffers().covers(requestClass.need) || !requestClass.constraints.admits(agent)) {
            return null;
        }
        int most = state.settings.getMaxTasksPerAgent();
        List<OpenOffer> withdrawn = new ArrayList<>();
        boolean fits = false;
        for (OpenOffer offer : agent.offers.values()) {
            if (state.clocks.elapsedMs() - offer.madeMs >= leastAgeMs
                    && state.roles.claimsBefore(requestClass.leaf, offer.subscription.leaf)) {
                agent.withdraw(offer);
                withdrawn.add(offer);
                fits = requestClass.fits(agent, most);
            }
            if (fits) {
                break;
            }
        }
        withdrawn.forEach(agent::reinstate);
        return fits ? withdrawn : null;
    }
}
