package dev.millrace.cli.run;

import dev.millrace.client.TaskLogs;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands what tasks write to a taker, on a thread of its own, and knows when all of it has come. Thread-safe.
 */
public final class OutputFollower implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OutputFollower.class);
    private static final Duration POLL = Duration.ofMillis(500);

    private final TaskLogs logs;
    private final Consumer<LogChunk> taker;
    private final Thread thread;
    private final Set<StreamOfAttempt> ended = new HashSet<>();
    private final Set<StreamOfAttempt> awaited = new HashSet<>();
    private boolean closing;
    private @Nullable RuntimeException failure;

    /** Follows output that is read from here on; the follower closes it. */
    public OutputFollower(TaskLogs logs, Consumer<LogChunk> taker) {
        this.logs = logs;
        this.taker = taker;
        this.thread = new Thread(this::run, "task-output");
        thread.setDaemon(true);
        thread.start();
    }

    /** Takes notice that an attempt has ended whose output is to be waited for: one whose agent saw it run and end. */
    public synchronized void expect(TaskStatus status) {
        boolean ranToItsEnd = status.getAttemptEnded()
                && status.getSource() == StatusSource.SOURCE_AGENT
                && status.getStartedAt() != null;
        if (ranToItsEnd) {
            for (var stream : Set.of(LogStream.STDOUT, LogStream.STDERR)) {
                var expected = new StreamOfAttempt(status.getTaskId(), status.getAttempt(), stream);
                if (!ended.contains(expected)) {
                    awaited.add(expected);
                }
            }
        }
    }

    /**
     * Waits until all that is expected has been handed over; false if it has not within that time.
     *
     * @throws RuntimeException what ended the following before that, be it the brokers or the taker
     */
    public synchronized boolean awaitComplete(Duration timeout) throws InterruptedException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (!awaited.isEmpty()) {
            if (failure != null) {
                throw failure;
            }
            long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                return false;
            }
            wait(leftMs);
        }
        return true;
    }

    private void run() {
        try (logs) {
            while (!isClosing()) {
                logs.poll(POLL).forEach(this::take);
            }
        } catch (RuntimeException e) {
            log.error("stopped following the output", e);
            synchronized (this) {
                failure = e;
                notifyAll();
            }
        }
    }

    private void take(LogChunk chunk) {
        taker.accept(chunk);
        if (chunk.getLast()) {
            synchronized (this) {
                ended.add(StreamOfAttempt.of(chunk));
                awaited.remove(StreamOfAttempt.of(chunk));
                notifyAll();
            }
        }
    }

    private synchronized boolean isClosing() {
        return closing;
    }

    @Override
    public void close() {
        synchronized (this) {
            closing = true;
        }
        logs.wakeUp();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
