package dev.millrace.cli.run;

import dev.millrace.client.ClusterConfig;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a cluster no longer answers, which Kafka's consumers keep to themselves: they wait until it does. When nothing has been heard
 * for a while the brokers are asked; this says once that they do not answer, and once that they do again. It never blocks. Mutable; owned by
 * the thread that reads from the cluster.
 */
public final class ClusterWatch implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(5);
    private static final int ANSWER_TIMEOUT_MS = 5_000;

    private final Supplier<CompletableFuture<?>> question;
    private final Runnable whenClosed;
    private final LongSupplier clockNs;
    private final Consumer<String> complaints;
    private long heardNs;
    private @Nullable CompletableFuture<?> asked;
    private boolean lost;

    /** A watch over a cluster that has just answered. */
    public static ClusterWatch over(ClusterConfig config, Consumer<String> complaints) {
        var brokers = new Brokers(config);
        return new ClusterWatch(
                brokers, brokers::close, System::nanoTime, line -> complaints.accept("millrace: " + line));
    }

    ClusterWatch(
            Supplier<CompletableFuture<?>> question,
            Runnable whenClosed,
            LongSupplier clockNs,
            Consumer<String> complaints) {
        this.question = question;
        this.whenClosed = whenClosed;
        this.clockNs = clockNs;
        this.complaints = complaints;
        this.heardNs = clockNs.getAsLong();
    }

    /** Takes notice of something that came from the cluster just now. */
    public void heard() {
        heardNs = clockNs.getAsLong();
        if (lost) {
            lost = false;
            complaints.accept("the cluster answers again");
        }
    }

    /** Asks if it is time to, and hears the answer if there is one; to be called again and again. */
    public void look() {
        if (asked == null) {
            // Of one that is lost, the return is to be noticed soon; asking takes its time anyway.
            if (lost || clockNs.getAsLong() - heardNs >= SILENCE.toNanos()) {
                asked = question.get();
            }
        } else if (asked.isDone()) {
            boolean answered = !asked.isCompletedExceptionally();
            asked = null;
            if (answered) {
                heard();
            } else if (!lost) {
                lost = true;
                complaints.accept("the cluster does not answer; still waiting for it");
            }
        }
    }

    /** Whether it did not answer when it was last asked. */
    public boolean isLost() {
        return lost;
    }

    @Override
    public void close() {
        whenClosed.run();
    }

    /** The brokers, to which a connection is made when they are first asked. */
    private static final class Brokers implements Supplier<CompletableFuture<?>> {
        private final ClusterConfig config;
        private @Nullable Admin admin;

        Brokers(ClusterConfig config) {
            this.config = config;
        }

        @Override
        public CompletableFuture<?> get() {
            try {
                if (admin == null) {
                    admin = Admin.create(config.adminProperties());
                }
                return admin.describeCluster(new DescribeClusterOptions().timeoutMs(ANSWER_TIMEOUT_MS))
                        .clusterId()
                        .toCompletionStage()
                        .toCompletableFuture();
            } catch (KafkaException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        void close() {
            if (admin != null) {
                admin.close(Duration.ZERO);
            }
        }
    }
}
