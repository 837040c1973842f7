package dev.millrace.client;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Finds out how many partitions topics have. */
final class Partitions {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private Partitions() {}

    /**
     * The number of a topic's partitions.
     *
     * @throws ClusterException if there is no such topic, or the brokers cannot be reached
     */
    static int count(ClusterConfig config, Admin admin, String topic) {
        try {
            return ClusterException.await(
                            admin.describeTopics(List.of(topic)).allTopicNames(),
                            TIMEOUT,
                            "cannot reach " + config.bootstrapServers())
                    .values()
                    .iterator()
                    .next()
                    .partitions()
                    .size();
        } catch (ClusterException e) {
            throw e.getCause() instanceof UnknownTopicOrPartitionException ? missing(config, topic) : e;
        }
    }

    /** Says that a topic is missing, and what to do. */
    static ClusterException missing(ClusterConfig config, String topic) {
        return new ClusterException(
                "there is no topic " + topic + " on " + config.bootstrapServers()
                        + "; create the topics with: "
                        + config.topics().command("topics create", config.bootstrapServers()),
                null);
    }
}
