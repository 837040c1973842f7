package dev.millrace.core;

import java.util.PriorityQueue;

/**
 * The time of a simulation, and what is to happen when. Things of one moment happen in the order in which they were arranged, so a seed always
 * tells the same story. Mutable; owned by the simulation's only thread.
 */
final class VirtualTime {
    private record Event(long timeMs, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(timeMs, other.timeMs);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowMs = 1_700_000_000_000L;
    private long arranged;

    long nowMs() {
        return nowMs;
    }

    void after(long delayMs, Runnable action) {
        at(nowMs + delayMs, action);
    }

    void at(long timeMs, Runnable action) {
        events.add(new Event(timeMs, arranged++, action));
    }

    /** Lets the next thing happen. */
    void next() {
        Event event = events.remove();
        nowMs = event.timeMs;
        event.action.run();
    }
}
