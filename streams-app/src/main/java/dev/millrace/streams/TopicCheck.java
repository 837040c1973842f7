package dev.millrace.streams;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.InboundTopics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Finds out what the broker has of the cluster's topics before anything is started, so that a missing or wrong one is named in one line
 * rather than by a dying stream thread.
 */
final class TopicCheck {
    private final Topics topics;
    private final String bootstrapServers;

    TopicCheck(Topics topics, String bootstrapServers) {
        this.topics = topics;
        this.bootstrapServers = bootstrapServers;
    }

    /**
     * The inbound topics as they are.
     *
     * @throws SchedulerException if the broker can't be asked, or a topic is missing or has another number of partitions than the
     *     catalogue says
     */
    InboundTopics check(Admin admin, Set<String> acceptedTopicIds) {
        Map<Topic, TopicDescription> found = describe(admin);
        List<String> missing = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            if (!found.containsKey(topic)) {
                missing.add(topics.name(topic));
            }
        }
        if (!missing.isEmpty()) {
            throw new SchedulerException("there is no topic " + String.join(", ", missing) + " at " + bootstrapServers
                    + "; create them with: millrace topics create --bootstrap-server " + bootstrapServers);
        }
        int partitions = partitions(found, Topic.TASK_REQUESTS);
        checkPartitions(found, partitions);
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.inbound()) {
            ids.put(topic, description(found, topic).topicId().toString());
        }
        return new InboundTopics(partitions, ids, acceptedTopicIds);
    }

    private void checkPartitions(Map<Topic, TopicDescription> found, int clusterPartitions) {
        List<String> wrong = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            int expected = topic.partitions(clusterPartitions);
            int actual = partitions(found, topic);
            if (actual != expected) {
                wrong.add(topics.name(topic) + " has " + actual + " partitions and must have " + expected);
            }
        }
        if (!wrong.isEmpty()) {
            throw new SchedulerException(String.join("; ", wrong) + ", because " + topics.name(Topic.TASK_REQUESTS)
                    + " has " + clusterPartitions);
        }
    }

    private Map<Topic, TopicDescription> describe(Admin admin) {
        List<String> names = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            names.add(topics.name(topic));
        }
        Map<String, KafkaFuture<TopicDescription>> answers =
                admin.describeTopics(names).topicNameValues();
        EnumMap<Topic, TopicDescription> found = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
            KafkaFuture<TopicDescription> answer = answers.get(topics.name(topic));
            if (answer != null) {
                describe(topic, answer, found);
            }
        }
        return found;
    }

    private void describe(Topic topic, KafkaFuture<TopicDescription> answer, Map<Topic, TopicDescription> found) {
        try {
            found.put(topic, answer.get());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw new SchedulerException("cannot ask " + bootstrapServers + " for its topics: " + e.getCause(), e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException("interrupted while asking " + bootstrapServers + " for its topics", e);
        }
    }

    private static int partitions(Map<Topic, TopicDescription> found, Topic topic) {
        return description(found, topic).partitions().size();
    }

    private static TopicDescription description(Map<Topic, TopicDescription> found, Topic topic) {
        TopicDescription description = found.get(topic);
        if (description == null) {
            throw new IllegalStateException(topic + " was not described");
        }
        return description;
    }
}
