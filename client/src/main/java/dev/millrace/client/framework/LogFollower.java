package dev.millrace.client.framework;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TaskLogs;
import dev.millrace.contract.LogChunk;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands what a framework's tasks write to a callback, on a thread of its own, until it is closed or one of them fails. */
final class LogFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final TaskLogs logs;
    private final LogCallback callback;
    private final CountDownLatch closing = new CountDownLatch(1);

    LogFollower(ClusterConfig cluster, FrameworkInfo info, KnownTasks tasks, LogCallback callback) {
        this.logs = TaskLogs.ofWanted(cluster, info.pool(), tasks::knows);
        this.callback = callback;
        Thread thread = new Thread(this::run, "millrace-framework-" + info.id() + "-logs");
        thread.setDaemon(true);
        thread.start();
    }

    /** Stops after the chunk that is under way, without waiting for that: it may be what closes this. */
    @Override
    public void close() {
        closing.countDown();
        logs.wakeUp();
    }

    private void run() {
        try (logs) {
            while (isOpen()) {
                step();
            }
        } catch (RuntimeException | Error | InterruptedException e) {
            LOG.error("stopped following the output of tasks: {}", e.getMessage(), e);
        }
    }

    private void step() throws InterruptedException {
        List<LogChunk> chunks;
        try {
            chunks = logs.poll(POLL_TIMEOUT);
        } catch (RetriableException e) {
            LOG.warn("cannot read the output of tasks, and will try again: {}", e.getMessage());
            var unused = closing.await(TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            return;
        }
        for (LogChunk chunk : chunks) {
            if (!isOpen()) {
                return;
            }
            callback.log(chunk);
        }
    }

    private boolean isOpen() {
        return closing.getCount() > 0;
    }
}
