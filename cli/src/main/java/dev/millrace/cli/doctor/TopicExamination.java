package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.FoundPartition;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;

/** Asks for the catalogue's topics and the changelogs, as they are on the brokers. */
final class TopicExamination {
    private final Admin admin;
    private final Answers answers;
    private final Topics topics;

    TopicExamination(Admin admin, Answers answers, Topics topics) {
        this.admin = admin;
        this.answers = answers;
        this.topics = topics;
    }

    List<FoundTopic> topics() {
        Set<String> existing = answers.get(admin.listTopics().names(), "its topics");
        List<String> names = Stream.concat(
                        Arrays.stream(Topic.values()).map(topics::name),
                        Arrays.stream(Store.values()).map(topics::changelog))
                .filter(existing::contains)
                .toList();
        Map<String, TopicDescription> descriptions =
                answers.get(admin.describeTopics(names).allTopicNames(), "its topics");
        Map<ConfigResource, Config> configs = answers.get(
                admin.describeConfigs(
                                names.stream().map(TopicExamination::resource).toList())
                        .all(),
                "its topics' settings");
        Map<TopicPartition, Long> bytes = bytes();
        List<FoundTopic> found = new ArrayList<>();
        for (String name : names) {
            TopicDescription description = descriptions.get(name);
            if (description != null) {
                found.add(new FoundTopic(
                        name,
                        topics.topic(name),
                        partitions(description),
                        Answers.settings(configs.get(resource(name))),
                        bytes(name, description, bytes)));
            }
        }
        return found;
    }

    private static ConfigResource resource(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private static List<FoundPartition> partitions(TopicDescription description) {
        return description.partitions().stream()
                .map(partition -> new FoundPartition(
                        partition.replicas().size(),
                        partition.isr().size(),
                        partition.leader() != null && !partition.leader().isEmpty()))
                .toList();
    }

    private Map<TopicPartition, Long> bytes() {
        List<Integer> brokers = answers.get(admin.describeCluster().nodes(), "its brokers").stream()
                .map(Node::id)
                .toList();
        Map<TopicPartition, Long> bytes = new HashMap<>();
        answers.get(admin.describeLogDirs(brokers).allDescriptions(), "the size of its topics").values().stream()
                .flatMap(directories -> directories.values().stream())
                .forEach(directory -> directory
                        .replicaInfos()
                        .forEach((partition, replica) -> bytes.merge(partition, replica.size(), Math::max)));
        return bytes;
    }

    private static long bytes(String name, TopicDescription description, Map<TopicPartition, Long> bytes) {
        return description.partitions().stream()
                .mapToLong((TopicPartitionInfo partition) ->
                        bytes.getOrDefault(new TopicPartition(name, partition.partition()), 0L))
                .sum();
    }

    /** Its partitions that can be asked about. */
    static List<TopicPartition> ledPartitions(FoundTopic topic) {
        List<TopicPartition> led = new ArrayList<>();
        for (int partition = 0; partition < topic.partitions().size(); partition++) {
            if (topic.partitions().get(partition).led()) {
                led.add(new TopicPartition(topic.name(), partition));
            }
        }
        return led;
    }

    /** The topic, if it is there. */
    static Optional<FoundTopic> of(List<FoundTopic> found, Topic topic) {
        return found.stream().filter(t -> t.topic().equals(Optional.of(topic))).findFirst();
    }
}
