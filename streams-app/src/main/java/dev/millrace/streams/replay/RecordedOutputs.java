package dev.millrace.streams.replay;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.topology.InputHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * What the scheduler has put out, found by the inputs that it followed from: see {@link InputHeader}. Topics that are compacted are left out,
 * since they no longer have all of it, and so is the journal, whose blocks may end anywhere.
 */
final class RecordedOutputs {
    /** Where something was put out. */
    record Place(Topic topic, int partition) {}

    static final Set<Topic> TOPICS = EnumSet.of(
            Topic.TASK_STATUS,
            Topic.DECISIONS,
            Topic.RESOURCE_OFFERS,
            Topic.TASK_LAUNCHES,
            Topic.INTERNAL,
            Topic.DEAD_LETTERS);

    /** Records bear their input's time; clocks may have been set meanwhile, though not often by more. */
    private static final Duration MARGIN = Duration.ofMinutes(5);

    private static final long FIRST_WINDOW = 2_000;
    private static final int WINDOW_GROWTH = 8;

    private final Topics topics;
    private final Supplier<Consumer<byte[], byte[]>> consumers;

    RecordedOutputs(Topics topics, Supplier<Consumer<byte[], byte[]>> consumers) {
        this.topics = topics;
        this.consumers = consumers;
    }

    /**
     * The records that follow from some of a partition's inputs: by place, in order.
     *
     * @param partition the inputs' partition
     * @param inputs admits the inputs, as topic/partition/offset
     * @param from the time of the first of them
     * @param to the time of the last
     */
    Map<Place, List<ConsumerRecord<byte[], byte[]>>> of(
            int partition, Predicate<String> inputs, Instant from, Instant to) {
        Map<Place, List<ConsumerRecord<byte[], byte[]>>> found = new HashMap<>();
        for (Topic topic : TOPICS) {
            for (int of : partitions(topic, partition)) {
                List<ConsumerRecord<byte[], byte[]>> records =
                        read(new TopicPartition(topics.name(topic), of), inputs, from, to);
                if (!records.isEmpty()) {
                    found.put(new Place(topic, of), records);
                }
            }
        }
        return found;
    }

    /**
     * The records that follow from a partition's last inputs: by place, in order. They are found from the topics' ends backwards, whatever
     * times they bear: outputs lie in the order in which their inputs were taken.
     *
     * @param partition the inputs' partition
     * @param later admits the inputs, as topic/partition/offset, that were taken after some moment
     * @throws ReplayFailedException if the last records of a place do not say what they follow from
     */
    Map<Place, List<ConsumerRecord<byte[], byte[]>>> last(int partition, Predicate<String> later) {
        Map<Place, List<ConsumerRecord<byte[], byte[]>>> found = new HashMap<>();
        for (Topic topic : TOPICS) {
            for (int of : partitions(topic, partition)) {
                List<ConsumerRecord<byte[], byte[]>> records =
                        last(new TopicPartition(topics.name(topic), of), topic, partition, later);
                if (!records.isEmpty()) {
                    found.put(new Place(topic, of), records);
                }
            }
        }
        return found;
    }

    private List<ConsumerRecord<byte[], byte[]>> last(
            TopicPartition place, Topic topic, int partition, Predicate<String> later) {
        try (TopicCursor cursor = new TopicCursor(consumers.get(), place)) {
            for (long window = FIRST_WINDOW; ; window *= WINDOW_GROWTH) {
                long from = Math.max(cursor.begin(), cursor.end() - window);
                List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
                boolean complete = from == cursor.begin();
                Optional<ConsumerRecord<byte[], byte[]>> record = cursor.next(from);
                while (record.isPresent()) {
                    Optional<String> input = InputHeader.in(record.get().headers());
                    if (input.isEmpty()) {
                        // Ticks have none, and follow from nothing.
                        complete |= topic != Topic.INTERNAL && unknown(topic, partition, record.get(), records);
                    } else if (later.test(input.get())) {
                        records.add(record.get());
                    } else if (isOf(input.get(), partition)) {
                        complete = true;
                        records.clear();
                    }
                    record = cursor.next();
                }
                if (complete) {
                    return records;
                }
            }
        }
    }

    /** A record of an older version, which has no header, comes before all that have one. */
    private static boolean unknown(
            Topic topic,
            int partition,
            ConsumerRecord<byte[], byte[]> record,
            List<ConsumerRecord<byte[], byte[]>> later) {
        if (!later.isEmpty()) {
            throw new ReplayFailedException(
                    partition,
                    "the record " + topic.topicName() + "/" + record.partition() + "/" + record.offset()
                            + " does not say which input it follows from");
        }
        return true;
    }

    private static boolean isOf(String input, int partition) {
        return input.substring(input.indexOf('/') + 1, input.lastIndexOf('/')).equals(Integer.toString(partition));
    }

    private List<Integer> partitions(Topic topic, int partition) {
        if (topic.partitioning() == Topic.Partitioning.POOL) {
            return List.of(partition);
        }
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            List<Integer> all = new ArrayList<>();
            int count = JournalReader.partitions(consumer, topics.name(topic));
            for (int i = 0; i < count; i++) {
                all.add(i);
            }
            return all;
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> read(
            TopicPartition partition, Predicate<String> inputs, Instant from, Instant to) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        long untilMs = to.toEpochMilli() + MARGIN.toMillis();
        try (TopicCursor cursor = new TopicCursor(consumers.get(), partition)) {
            cursor.seekTo(from.minus(MARGIN));
            Optional<ConsumerRecord<byte[], byte[]>> record = cursor.next();
            while (record.isPresent() && record.get().timestamp() <= untilMs) {
                if (InputHeader.in(record.get().headers()).filter(inputs).isPresent()) {
                    found.add(record.get());
                }
                record = cursor.next();
            }
        }
        return found;
    }
}
