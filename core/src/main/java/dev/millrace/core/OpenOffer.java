package dev.millrace.core;

import dev.millrace.contract.Resources;
import dev.millrace.state.SavedOffer;
import java.util.List;

/**
 * An offer that is out. On its agent's ledger it is like a task: what is offered is nobody else's until the offer is used, declined or
 * rescinded. Immutable.
 */
final class OpenOffer {
    /** Counts the pool's offers, so that an older one has a lower number. */
    final long number;

    final Subscription subscription;
    final Agent agent;
    /** With the number of its ports. */
    final Amount amount;
    /** With the very ports. */
    final Resources resources;

    final List<Integer> devices;
    /** How many of the wanted units it holds. */
    final int units;
    /** In elapsed time. */
    final long madeMs;

    OpenOffer(
            long number,
            Subscription subscription,
            Agent agent,
            Resources resources,
            List<Integer> devices,
            int units,
            long madeMs) {
        this.number = number;
        this.subscription = subscription;
        this.agent = agent;
        this.amount = Amount.of(resources);
        this.resources = resources;
        this.devices = devices;
        this.units = units;
        this.madeMs = madeMs;
    }

    String id() {
        return id(number);
    }

    static String id(long number) {
        return "o-" + number;
    }

    SavedOffer save(String pool) {
        return new SavedOffer(
                pool,
                id(),
                subscription.framework.id,
                subscription.role(),
                agent.id,
                resources,
                devices,
                units,
                madeMs);
    }
}
