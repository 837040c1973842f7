package dev.millrace.agent.link;

import dev.millrace.schemas.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Reads launch partitions, each from its end as it was when the reader began with it. It belongs to no consumer group and stores no offsets.
 *
 * <p>A later registration needs no later position: whatever lies before it bears another incarnation and is ignored. So the reader never asks
 * for an end again, a question that would wait behind the fetch that the broker holds back while there is nothing to read.
 *
 * <p>Mutable; owned by the link's thread, but for {@link #wakeUp}.
 */
final class LaunchReader implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final KafkaConsumer<String, byte[]> consumer;
    private final LinkSettings settings;

    LaunchReader(LinkSettings settings) {
        this.settings = settings;
        this.consumer = new KafkaConsumer<>(settings.consumerProperties());
    }

    /**
     * How many partitions a topic has.
     *
     * @throws UnknownTopicOrPartitionException if it does not exist
     * @throws org.apache.kafka.common.KafkaException if the broker does not say
     */
    int partitions(Topic topic) {
        String name = settings.topics().name(topic);
        List<PartitionInfo> partitions = consumer.partitionsFor(name, PATIENCE);
        if (partitions == null || partitions.isEmpty()) {
            throw new UnknownTopicOrPartitionException(
                    "topic " + name + " does not exist; create the cluster's topics with: "
                            + settings.topics()
                                    .command("topics create", settings.cluster().bootstrapServers()));
        }
        return partitions.size();
    }

    /** Reads these partitions, and no others, from their ends as they are now. */
    void readFromEnd(Collection<Integer> partitions) {
        List<TopicPartition> assigned = partitions.stream().map(this::launches).toList();
        consumer.assign(assigned);
        goToEnd(assigned);
    }

    /** Goes on from the ends of partitions whose positions were lost. */
    void goToEnd(Collection<TopicPartition> partitions) {
        consumer.seekToEnd(partitions);
        for (TopicPartition partition : partitions) {
            // The seek is lazy; asking for the position carries it out.
            consumer.position(partition, PATIENCE);
        }
    }

    ConsumerRecords<String, byte[]> poll(Duration timeout) {
        return consumer.poll(timeout);
    }

    /** Makes the call that is under way, or the next one, end with a WakeupException. Thread-safe. */
    void wakeUp() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        // Saying goodbye would wait behind the fetch that the broker holds back.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }

    private TopicPartition launches(int partition) {
        return new TopicPartition(settings.topics().name(Topic.TASK_LAUNCHES), partition);
    }
}
