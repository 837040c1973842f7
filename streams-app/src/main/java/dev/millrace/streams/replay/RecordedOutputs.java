package dev.millrace.streams.replay;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.topology.InputHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
     * What was found.
     *
     * @param records the records of each place, in order
     * @param cut the places of which not all is there any more, or not all says what it follows from
     */
    record Found(Map<Place, List<ConsumerRecord<byte[], byte[]>>> records, Set<Place> cut) {}

    /**
     * The records that follow from some of a partition's inputs.
     *
     * @param partition the inputs' partition
     * @param inputs admits the inputs, as topic/partition/offset
     * @param from the time of the first of them
     * @param to the time of the last
     */
    Found of(int partition, Predicate<String> inputs, Instant from, Instant to) {
        Found found = new Found(new HashMap<>(), new HashSet<>());
        for (Topic topic : TOPICS) {
            for (int of : partitions(topic, partition)) {
                read(new Place(topic, of), inputs, from.minus(MARGIN), to.plus(MARGIN), found);
            }
        }
        return found;
    }

    private void read(Place place, Predicate<String> inputs, Instant from, Instant to, Found found) {
        boolean shared = place.topic().partitioning() != Topic.Partitioning.POOL;
        try (TopicCursor cursor = cursor(place)) {
            Optional<ConsumerRecord<byte[], byte[]>> first = cursor.next();
            if (cursor.begin() > 0 && (first.isEmpty() || first.get().timestamp() > from.toEpochMilli())) {
                found.cut.add(place);
            }
            cursor.seekTo(from);
            Optional<ConsumerRecord<byte[], byte[]>> record = cursor.next();
            // What other partitions put out beside it may be later already.
            while (record.isPresent() && (shared || record.get().timestamp() <= to.toEpochMilli())) {
                Optional<String> input = InputHeader.in(record.get().headers());
                if (input.filter(inputs).isPresent()) {
                    found.records.computeIfAbsent(place, p -> new ArrayList<>()).add(record.get());
                } else if (input.isEmpty() && place.topic() != Topic.INTERNAL) {
                    found.cut.add(place);
                }
                record = cursor.next();
            }
        }
    }

    /**
     * The records that follow from a partition's last inputs. They are found from the topics' ends backwards, whatever times they bear:
     * outputs lie in the order in which their inputs were taken. Only what was redirected to other partitions, among whose records nothing
     * tells where to stop, is looked for from a time on.
     *
     * @param partition the inputs' partition
     * @param taken the highest offset of each topic before these inputs; those are missing of which nothing was taken
     * @param since no input among these is older
     * @throws ReplayFailedException if the last records of a place do not say what they follow from
     */
    Found last(int partition, Map<Topic, Long> taken, Instant since) {
        Predicate<String> later = input -> InputHeader.isLater(input, partition, taken);
        Found found = new Found(new HashMap<>(), new HashSet<>());
        for (Topic topic : TOPICS) {
            for (int of : partitions(topic, partition)) {
                Place place = new Place(topic, of);
                if (topic == Topic.INTERNAL && of != partition) {
                    read(place, later, since.minus(MARGIN), Instant.ofEpochMilli(Long.MAX_VALUE), found);
                } else {
                    List<ConsumerRecord<byte[], byte[]>> records =
                            last(place, partition, later, taken.getOrDefault(Topic.INTERNAL, -1L));
                    if (!records.isEmpty()) {
                        found.records.put(place, records);
                    }
                }
            }
        }
        found.cut.clear();
        return found;
    }

    private List<ConsumerRecord<byte[], byte[]>> last(
            Place place, int partition, Predicate<String> later, long internalTaken) {
        try (TopicCursor cursor = cursor(place)) {
            for (long window = FIRST_WINDOW; ; window *= WINDOW_GROWTH) {
                long from = Math.max(cursor.begin(), cursor.end() - window);
                List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
                boolean complete = from == cursor.begin();
                Optional<ConsumerRecord<byte[], byte[]>> record = cursor.next(from);
                while (record.isPresent()) {
                    Optional<String> input = InputHeader.in(record.get().headers());
                    if (input.filter(later).isPresent()) {
                        records.add(record.get());
                    } else if (input.isPresent()
                            ? isOf(input.get(), partition)
                            : isEarlier(place, partition, record.get(), records, internalTaken)) {
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

    private TopicCursor cursor(Place place) {
        return new TopicCursor(consumers.get(), new TopicPartition(topics.name(place.topic()), place.partition()));
    }

    /**
     * Whether a record that follows from no input was put out before those inputs. A tick says which internal record had been taken before it.
     * Other records without a header are of an older version, and come before all that have one.
     */
    private static boolean isEarlier(
            Place place,
            int partition,
            ConsumerRecord<byte[], byte[]> record,
            List<ConsumerRecord<byte[], byte[]>> later,
            long internalTaken) {
        if (place.topic() == Topic.INTERNAL) {
            OptionalLong before = InputHeader.internalOffset(record.headers());
            return before.isPresent() && before.getAsLong() < internalTaken;
        }
        if (!later.isEmpty()) {
            throw new ReplayFailedException(
                    partition,
                    "the record " + place.topic().topicName() + "/" + record.partition() + "/" + record.offset()
                            + " does not say which input it follows from");
        }
        return true;
    }

    private static boolean isOf(String input, int partition) {
        return input.substring(input.indexOf('/') + 1, input.lastIndexOf('/')).equals(Integer.toString(partition));
    }

    private List<Integer> partitions(Topic topic, int partition) {
        // What belongs to another partition is redirected there.
        if (topic.partitioning() == Topic.Partitioning.POOL && topic != Topic.INTERNAL) {
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
}
