package dev.millrace.client.framework;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TaskLogs;
import dev.millrace.contract.LogChunk;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands what a framework's tasks write to a callback, on a thread of its own, until it is closed or one of them fails. */
final class LogFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);

    private final TaskLogs logs;
    private final LogCallback callback;
    private final Thread thread;
    private volatile boolean closing;

    LogFollower(ClusterConfig cluster, FrameworkInfo info, KnownTasks tasks, LogCallback callback) {
        this.logs = TaskLogs.ofWanted(cluster, info.pool(), tasks::knows);
        this.callback = callback;
        this.thread = new Thread(this::run, "millrace-framework-" + info.id() + "-logs");
        thread.setDaemon(true);
        thread.start();
    }

    /** Stops; the callback that is under way is waited for, unless it is the one that closes this. */
    @Override
    public void close() throws InterruptedException {
        closing = true;
        logs.wakeUp();
        if (Thread.currentThread() != thread) {
            thread.join();
        }
    }

    private void run() {
        try (logs) {
            while (!closing) {
                for (LogChunk chunk : logs.poll(POLL_TIMEOUT)) {
                    if (closing) {
                        return;
                    }
                    callback.log(chunk);
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.error("stopped following the output of tasks: {}", e.getMessage(), e);
        }
    }
}
