package dev.millrace.core;

import dev.millrace.state.SavedLosses;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;

/**
 * How many agents of a pool were declared lost when, within the last minute. Never more of them than the limit lie within any minute of elapsed
 * time, so the answer to when there may be another follows from when those were that the limit counts. What it knows changes only when it
 * is saved. Mutable; owned by the stream thread.
 */
final class RecentLosses {
    static final long WINDOW_MS = 60_000;

    private final ArrayDeque<SavedLosses> losses = new ArrayDeque<>();

    /** From when on another agent may be declared lost, in ms of elapsed time. */
    long nextFromMs(int perMinute) {
        long counted = 0;
        for (Iterator<SavedLosses> newest = losses.descendingIterator(); newest.hasNext(); ) {
            SavedLosses at = newest.next();
            counted += at.getAgents();
            if (counted >= perMinute) {
                return at.getAtMs() + WINDOW_MS;
            }
        }
        return 0;
    }

    /** An agent is declared lost now. */
    void add(long nowMs) {
        while (!losses.isEmpty() && losses.getFirst().getAtMs() + WINDOW_MS <= nowMs) {
            losses.removeFirst();
        }
        SavedLosses last = losses.peekLast();
        if (last != null && last.getAtMs() == nowMs) {
            losses.removeLast();
            losses.add(new SavedLosses(nowMs, last.getAgents() + 1));
        } else {
            losses.add(new SavedLosses(nowMs, 1));
        }
    }

    List<SavedLosses> save() {
        return List.copyOf(losses);
    }

    void restore(List<SavedLosses> saved) {
        losses.clear();
        losses.addAll(saved);
    }
}
