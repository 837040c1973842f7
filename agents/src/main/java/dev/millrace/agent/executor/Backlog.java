package dev.millrace.agent.executor;

import dev.millrace.agent.process.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What came on a connection and is not dealt with, in order. What can't be done now, since the disk is full or Kafka is away, is tried again after a
 * second, and nothing that came later is done before. Mutable; owned by the executors' event loop.
 */
final class Backlog {
    private static final Duration BEFORE_RETRY = Duration.ofSeconds(1);

    /** Something to be done. */
    interface Step {
        /** Does it; false = it has to be tried again. */
        boolean isDone();
    }

    private final EventLoop loop;
    private final Deque<Step> steps = new ArrayDeque<>();
    /** Is it at work, or waiting to be again? */
    private boolean busy;

    Backlog(EventLoop loop) {
        this.loop = loop;
    }

    /** Does a step after the others, at once if there are none. */
    void add(Step step) {
        steps.add(step);
        if (!busy) {
            work();
        }
    }

    /** Called by a step: these come next. */
    void follow(List<Step> next) {
        for (int i = next.size() - 1; i >= 0; i--) {
            steps.addFirst(next.get(i));
        }
    }

    private void work() {
        busy = true;
        for (Step next = steps.poll(); next != null; next = steps.poll()) {
            if (!next.isDone()) {
                steps.addFirst(next);
                loop.after(BEFORE_RETRY, this::work);
                return;
            }
        }
        busy = false;
    }
}
