package dev.millrace.client;

import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the statuses of one pool to a taker, in order, on a thread of its own, until it is closed or the taker or the reading fails. Any
 * thread may use it.
 */
public final class StatusFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusFollower.class);
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(1);

    private final StatusStream stream;
    private final Consumer<TaskStatus> taker;
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable Throwable failure;

    /**
     * Connects, settles where to begin, then returns; statuses come on the follower's thread.
     *
     * @param onFailure is told, on that thread, why nothing more will come
     */
    StatusFollower(
            ClusterConfig config, String pool, Start start, Consumer<TaskStatus> taker, Consumer<Throwable> onFailure) {
        this.stream = new StatusStream(config, pool, start);
        this.taker = taker;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, "millrace-statuses-" + pool);
        thread.setDaemon(true);
        thread.start();
    }

    /** Why it stopped before it was closed; empty while it runs. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Stops and returns when the taker is through; from the taker itself, stops after the present status. */
    @Override
    public void close() {
        closing = true;
        stream.wakeUp();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private void run() {
        try (stream) {
            while (!closing) {
                for (TaskStatus status : stream.poll(POLL_TIMEOUT)) {
                    if (closing) {
                        return;
                    }
                    taker.accept(status);
                }
            }
        } catch (Throwable e) {
            // Errors too: whoever follows must learn that nothing more comes, whatever the taker has met with.
            failure = e;
            LOG.error("stopped following the statuses: {}", e.getMessage(), e);
            onFailure.accept(e);
        }
    }
}
