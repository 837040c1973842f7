package dev.millrace.streams.replay;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.RawRecord;
import java.util.EnumMap;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/** One partition of the inbound topics on a broker. Each topic is read through a consumer of its own. */
final class KafkaInputLog implements InputLog {
    private final int partition;
    private final Topics topics;
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final EnumMap<Topic, TopicCursor> cursors = new EnumMap<>(Topic.class);

    KafkaInputLog(int partition, Topics topics, Supplier<Consumer<byte[], byte[]>> consumers) {
        this.partition = partition;
        this.topics = topics;
        this.consumers = consumers;
    }

    @Override
    public Optional<RawRecord> next(Topic topic, long offset) {
        try {
            TopicCursor cursor = cursors.computeIfAbsent(topic, this::open);
            Optional<ConsumerRecord<byte[], byte[]>> next = cursor.next(offset);
            if (next.isEmpty()) {
                // It may have come since the end was looked up.
                cursor.readOn();
                next = cursor.next(offset);
            }
            return next.map(
                    record -> new RawRecord(topic, partition, record.offset(), record.timestamp(), record.value()));
        } catch (OffsetOutOfRangeException e) {
            // Retention was quicker than the replay. What comes later is of no use to it.
            return Optional.empty();
        }
    }

    private TopicCursor open(Topic topic) {
        return new TopicCursor(consumers.get(), new TopicPartition(topics.name(topic), partition));
    }

    @Override
    public void close() {
        cursors.values().forEach(TopicCursor::close);
    }
}
