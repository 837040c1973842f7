package dev.millrace.client.framework;

import java.util.ArrayDeque;
import java.util.Optional;

/**
 * The questions where all of a framework's tasks stand. The scheduler refuses one while it answers another, so they wait for each other here. Any
 * thread may use it.
 */
final class Reconciliations {
    /** The first one is being answered. */
    private final ArrayDeque<String> ids = new ArrayDeque<>();

    /** Something is to be asked. Says whether that can be done at once. */
    synchronized boolean ask(String id) {
        ids.add(id);
        return ids.size() == 1;
    }

    /** A question was answered or refused, or could not be asked. Says what is to be asked now. */
    synchronized Optional<String> over(String id) {
        if (!id.equals(ids.peek())) {
            return Optional.empty();
        }
        ids.remove();
        return Optional.ofNullable(ids.peek());
    }
}
