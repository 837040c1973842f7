package dev.millrace.client.framework;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does something in an interval, on a thread of its own, until it is closed. What fails is tried again at the next time. */
final class Monitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);

    private final ScheduledExecutorService timer;
    private final Runnable look;

    Monitor(String frameworkId, Duration every, Runnable look) {
        if (every.isZero() || every.isNegative()) {
            throw new IllegalArgumentException("the interval is " + every + ": must be more than 0");
        }
        this.look = look;
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "millrace-framework-" + frameworkId + "-monitor");
            thread.setDaemon(true);
            return thread;
        });
        var unused = timer.scheduleAtFixedRate(this::look, every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        timer.shutdown();
    }

    private void look() {
        try {
            look.run();
        } catch (RuntimeException e) {
            LOG.warn("a monitor's callback failed: {}", e.getMessage(), e);
        }
    }
}
