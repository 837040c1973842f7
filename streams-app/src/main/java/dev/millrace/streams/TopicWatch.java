package dev.millrace.streams;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.TopicRecreatedException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again whether the inbound topics are still the ones that the scheduler was started on. A consumer does not tell: it reads
 * on in a topic that was made anew, from some offset, and what it reads is then taken for what was taken before. Has a thread of its own;
 * thread-safe.
 */
final class TopicWatch implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);
    /** Shorter than the time within which a stream thread has to be back. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Admin admin;
    private final Topics topics;
    private final String bootstrapServers;
    private final InboundTopics known;
    private final Consumer<String> alarm;
    private final ScheduledExecutorService executor;
    /** How often in a row some topic was not found. */
    private int missing;

    /**
     * @param bootstrapServers the brokers, as commands name them
     * @param known the topics as they were at the start
     * @param alarm is told, on the watch's thread, once a topic is not what it was
     */
    TopicWatch(Admin admin, Topics topics, String bootstrapServers, InboundTopics known, Consumer<String> alarm) {
        this.admin = admin;
        this.topics = topics;
        this.bootstrapServers = bootstrapServers;
        this.known = known;
        this.alarm = alarm;
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "topic-watch");
            thread.setDaemon(true);
            return thread;
        });
    }

    void start() {
        ScheduledFuture<?> unused = executor.scheduleWithFixedDelay(
                this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            Optional<String> change = change(false);
            if (change.isPresent()) {
                executor.shutdown();
                alarm.accept(change.get());
            }
        } catch (RuntimeException e) {
            LOG.error("cannot look after the inbound topics", e);
        }
    }

    /**
     * What is no longer as it was, in words. Waits for the broker, though not for long.
     *
     * @param missed whether somebody else did not find some inbound topic
     * @return empty if nothing is known to have changed
     */
    synchronized Optional<String> change(boolean missed) {
        Map<String, KafkaFuture<TopicDescription>> answers = admin.describeTopics(
                        Topic.inbound().stream().map(topics::name).toList())
                .topicNameValues();
        boolean allFound = true;
        for (Topic topic : Topic.inbound()) {
            try {
                String id = Objects.requireNonNull(answers.get(topics.name(topic)))
                        .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                        .topicId()
                        .toString();
                String knownId = Objects.requireNonNull(known.ids().get(topic));
                if (!id.equals(knownId)) {
                    return Optional.of(String.valueOf(new TopicRecreatedException(topic, knownId, id).getMessage()));
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    // Whatever ails the broker, the stream threads meet with it, too.
                    return Optional.empty();
                }
                allFound = false;
                // One broker alone may not know it yet.
                if (missed || missing > 0) {
                    return Optional.of(gone(topic));
                }
            } catch (TimeoutException e) {
                return Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
        missing = allFound ? 0 : missing + 1;
        return Optional.empty();
    }

    private String gone(Topic topic) {
        return "the topic " + topic.topicName() + " was deleted: there is no " + topics.name(topic)
                + " any more; make it with: " + topics.command("topics create", bootstrapServers)
                + "   then start the scheduler again, which says how to accept the new one";
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
