package dev.millrace.agent.link;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;

/**
 * Tries what Kafka refuses again and again, until it works or the link is closed. Whatever the trouble is, somebody can mend it while the agent
 * waits: start the broker, create the topics, grant access. Mutable; owned by the link's thread.
 */
final class Retry {
    private static final long PAUSE_MS = 500;
    private static final long SHORT_PAUSE_MS = 10;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final CountDownLatch closing;
    private final Complaints complaints;

    /** Tries until {@code closing} is zero. */
    Retry(CountDownLatch closing, Logger log) {
        this.closing = closing;
        this.complaints = new Complaints(log);
    }

    /**
     * What {@code attempt} answers when it answers.
     *
     * @throws WakeupException if the link is closed before
     */
    <T> T untilItWorks(String what, Supplier<T> attempt) {
        while (closing.getCount() > 0) {
            try {
                T answer = attempt.get();
                complaints.over();
                return answer;
            } catch (WakeupException | InterruptException e) {
                throw e;
            } catch (KafkaException e) {
                complaints.about(
                        "Cannot " + what + ": " + (e.getMessage() == null ? e : e.getMessage()), System.nanoTime());
                pause(PAUSE_MS);
            }
        }
        throw new WakeupException();
    }

    /** What a call that does not wait answers in the end; some seconds are given to it. */
    <T> T patiently(Supplier<T> attempt) {
        long begunNs = System.nanoTime();
        while (true) {
            try {
                return attempt.get();
            } catch (TimeoutException e) {
                if (System.nanoTime() - begunNs > PATIENCE_NS) {
                    throw e;
                }
                pause(SHORT_PAUSE_MS);
            }
        }
    }

    private void pause(long ms) {
        try {
            boolean closed = closing.await(ms, TimeUnit.MILLISECONDS);
            if (closed) {
                throw new WakeupException();
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
