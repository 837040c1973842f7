package dev.millrace.streams.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class TopicCursorTest {
    private static final Topics TOPICS = new Topics("test.");
    private static final TopicPartition PARTITION = new TopicPartition(TOPICS.name(Topic.TASK_REQUESTS), 0);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

    @Test
    void whatWasRemovedMeanwhileIsNoLongerThere() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, 10L));
        consumer.schedulePollTask(() -> {
            throw new OffsetOutOfRangeException(Map.of(PARTITION, 0L));
        });

        try (KafkaInputLog log = new KafkaInputLog(0, TOPICS, () -> consumer)) {
            assertThat(log.next(Topic.TASK_REQUESTS, 0)).isEmpty();
        }
    }

    @Test
    void givesTheFirstRecordAtAnOffsetOrAfterIt() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, 10L));
        consumer.schedulePollTask(() -> {
            consumer.addRecord(record(3));
            consumer.addRecord(record(9));
        });

        try (TopicCursor cursor = new TopicCursor(consumer, PARTITION)) {
            assertThat(cursor.next(2)).map(ConsumerRecord::offset).contains(3L);
            assertThat(cursor.next(4)).map(ConsumerRecord::offset).contains(9L);
            assertThat(cursor.next()).isEmpty();
        }
    }

    @Test
    void aCursorThatCannotBeOpenedClosesItsConsumer() {
        consumer.setOffsetsException(new TimeoutException("no answer"));

        assertThatThrownBy(() -> new TopicCursor(consumer, PARTITION)).isInstanceOf(TimeoutException.class);

        assertThat(consumer.closed()).isTrue();
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset) {
        return new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, new byte[0], new byte[0]);
    }
}
