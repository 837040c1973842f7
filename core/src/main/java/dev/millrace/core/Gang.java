package dev.millrace.core;

import dev.millrace.state.SavedGang;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * A group of tasks that is placed whole or not at all. It exists from its first member's request until its last member is over. Mutable
 * through {@link Gangs} only; owned by the stream thread.
 */
final class Gang {
    /** It was placed once, so its timeout is over. */
    static final long PLACED = -1;

    final String group;
    final String role;
    final int size;
    final long timeoutMs;
    /** Its waiting members as they stand in the queue. */
    final RequestClass unit;
    /** Its members that are not over. */
    final TreeSet<Task> members = new TreeSet<>(Comparator.comparingLong(t -> t.submission));

    /** How many members have come. */
    int arrived;
    /** When the first one came, in elapsed time; {@value #PLACED} = it was placed since. */
    long sinceMs;
    /** Until when agents are held for it; 0 = none are. */
    long holdUntilMs;
    /** Before when none are held for it again. */
    long holdAgainMs;
    /** True = it was ready and found no room, so that it waits for its turn at a tick. */
    boolean tried;
    /** True = it is in the list of what the step changed. */
    boolean touched;

    Gang(String group, Role leaf, int size, long timeoutMs, ConstraintSet none, String text) {
        this.group = group;
        this.role = leaf.name;
        this.size = size;
        this.timeoutMs = timeoutMs;
        this.unit = new RequestClass(text, leaf, none, this);
    }

    boolean isComplete() {
        return arrived == size;
    }

    /** Whether all members that are not over wait for resources. */
    boolean isReady() {
        return isComplete() && !members.isEmpty() && unit.waiting.size() == members.size();
    }

    /** What its waiting members need in all. */
    Amount needs() {
        List<Amount> needs = new ArrayList<>(unit.waiting.size());
        for (Task task : unit.waiting) {
            needs.add(task.requestClass().need);
        }
        return Amount.sum(needs);
    }

    /** When it is given up if it is not placed, in elapsed time. */
    long deadlineMs() {
        return sinceMs == PLACED ? Long.MAX_VALUE : sinceMs + timeoutMs;
    }

    SavedGang save(String pool) {
        return new SavedGang(pool, group, role, size, arrived, sinceMs, timeoutMs, holdUntilMs, holdAgainMs, tried);
    }
}
