package dev.millrace.agent.process;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that does one thing after the other. What comes after the close is not done, and one thing's failure does not stop the next. */
public final class EventLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ScheduledThreadPoolExecutor executor;

    /** A loop whose thread has that name. */
    public EventLoop(String name) {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setRemoveOnCancelPolicy(true);
    }

    /** Does a thing when its turn comes. */
    public void execute(Runnable task) {
        after(Duration.ZERO, task);
    }

    /** Does a thing after that time. */
    public void after(Duration delay, Runnable task) {
        Runnable unused = cancellable(delay, task);
    }

    /** Does a thing after that time, unless what this returns is run before. */
    public Runnable cancellable(Duration delay, Runnable task) {
        try {
            Future<?> waiting = executor.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> waiting.cancel(false);
        } catch (RejectedExecutionException e) {
            log.debug("closed; something that came later is left to the next start");
            return () -> {};
        }
    }

    /** How many things wait for their turn or their time. */
    int waiting() {
        return executor.getQueue().size();
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            // Errors too: nobody else would ever hear of them.
            log.error("an attempt's supervision went wrong; the next look at it may put it right", e);
        }
    }

    /** Does one more thing, and then nothing; nothing either if it was closed before. */
    public void closeAfter(Runnable last) {
        try {
            executor.submit(() -> run(last)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("closed before");
        } catch (ExecutionException | TimeoutException e) {
            log.warn("what was to be done last is left undone: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    /** Lets the current thing end, and does nothing more. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("something does not end; it is left behind");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
