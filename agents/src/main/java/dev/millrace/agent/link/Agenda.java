package dev.millrace.agent.link;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * When which seat of a link wants to be called. A seat has one time; setting another leaves the old entry in the queue, where it is passed over
 * when its turn comes. Mutable; owned by the link's thread.
 */
final class Agenda {

    /** A member of a link, and when it wants to be called. */
    static final class Seat {
        private final LinkMember member;
        private final int launchPartition;
        private long dueNs;
        private boolean planned;

        Seat(LinkMember member, int launchPartition) {
            this.member = member;
            this.launchPartition = launchPartition;
        }

        LinkMember member() {
            return member;
        }

        int launchPartition() {
            return launchPartition;
        }
    }

    private record Entry(Seat seat, long dueNs) {
        boolean holds() {
            return seat.planned && seat.dueNs == dueNs;
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>((a, b) -> Long.signum(a.dueNs - b.dueNs));

    /** Calls the seat at that time and at no other. */
    void plan(Seat seat, long dueNs) {
        if (seat.planned && seat.dueNs == dueNs) {
            return;
        }
        seat.dueNs = dueNs;
        seat.planned = true;
        entries.add(new Entry(seat, dueNs));
    }

    /** Takes the next seat whose time has come; null = there is none. */
    @Nullable
    Seat takeDue(long nowNs) {
        Entry first = first();
        if (first == null || first.dueNs - nowNs > 0) {
            return null;
        }
        entries.remove();
        first.seat.planned = false;
        return first.seat;
    }

    /** How long it is until the next seat's time comes, {@code longestNs} at the most. */
    long nsUntilNext(long nowNs, long longestNs) {
        Entry first = first();
        return first == null ? longestNs : Math.max(0, Math.min(first.dueNs - nowNs, longestNs));
    }

    private @Nullable Entry first() {
        Entry first = entries.peek();
        while (first != null && !first.holds()) {
            entries.remove();
            first = entries.peek();
        }
        return first;
    }
}
