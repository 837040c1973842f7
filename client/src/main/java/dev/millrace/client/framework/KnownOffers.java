package dev.millrace.client.framework;

import java.util.HashSet;
import java.util.Set;

/**
 * The offers that were handed out. Those that are over are remembered for a while, for an offer can be told once more after it was answered. Any
 * thread may use it.
 */
final class KnownOffers {
    private final Set<String> out = new HashSet<>();
    private final RecentIds over = new RecentIds();

    /** An offer was told. Says whether it was for the first time. */
    synchronized boolean add(String offerId) {
        return !over.contains(offerId) && out.add(offerId);
    }

    /** An offer was answered or rescinded. Says whether it was out until now. */
    synchronized boolean end(String offerId) {
        boolean wasOut = out.remove(offerId);
        if (wasOut) {
            over.add(offerId);
        }
        return wasOut;
    }

    /** An offer was not answered after all. */
    synchronized void restore(String offerId) {
        over.remove(offerId);
        out.add(offerId);
    }

    synchronized int out() {
        return out.size();
    }
}
