package dev.millrace.client;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.TopicSchemaLookup;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the committed records of some partitions of one topic, or of several that are alike; the other readers of this SDK stand on it. What is no
 * record of this version, and of no schema that the cluster knows, is left out and counted. Mutable; one thread at a time uses it, but for {@link
 * #wakeUp}.
 */
public final class RecordReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordReader.class);

    private final String name;
    private final TopicSchemaLookup schemas;
    private final RecordCodec codec;
    private final KafkaConsumer<byte[], byte[]> consumer;
    /** What was fetched and not yet handed over: at most one poll's records. */
    private final ArrayDeque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();
    /** Where each partition ended when reading began. */
    private Map<TopicPartition, Long> ends = Map.of();

    private long leftOut;
    private long offset;

    /** Chooses partitions of a topic that has {@code count} of them. */
    @FunctionalInterface
    public interface Choice {
        Collection<Integer> of(int count);
    }

    /**
     * Connects, and settles where to begin before it returns.
     *
     * @throws ClusterException if the topic does not exist, cannot be reached, or ends before the position to begin at
     */
    RecordReader(ClusterConfig config, Topic topic, Choice choice, Start start) {
        this(config, List.of(topic), choice, start);
    }

    /**
     * Like the other, for several topics. Records of one partition come in order, those of several are mixed.
     *
     * @param choice the partitions of each of the topics
     */
    public RecordReader(ClusterConfig config, List<Topic> topics, Choice choice, Start start) {
        name = String.join(", ", topics.stream().map(config.topics()::name).toList());
        schemas = new TopicSchemaLookup(config.consumerProperties(), config.topics());
        codec = new RecordCodec(schemas);
        Map<String, Object> properties = config.consumerProperties();
        if (start instanceof Start.Committed committed) {
            properties.put(ConsumerConfig.GROUP_ID_CONFIG, committed.group());
        }
        consumer = new KafkaConsumer<>(properties);
        boolean begun = false;
        try {
            begin(config, topics, choice, start);
            begun = true;
        } catch (KafkaException e) {
            throw new ClusterException(
                    "cannot read " + name + " of " + config.bootstrapServers() + ": " + e.getMessage(), e);
        } finally {
            if (!begun) {
                close();
            }
        }
    }

    /**
     * Waits for records, at most for a time, and hands over those that came. If one's schema can't be looked up, those before it are
     * handed over, and it is tried again at the next call.
     *
     * @return false if {@link #wakeUp} was called
     * @throws KafkaException if nothing can be read, or the schema of the first record can't be looked up
     */
    public boolean poll(Duration timeout, Consumer<SpecificRecord> taker) {
        if (fetched.isEmpty()) {
            try {
                consumer.poll(timeout).forEach(fetched::add);
            } catch (WakeupException e) {
                return false;
            }
        }
        for (boolean first = true; !fetched.isEmpty(); first = false) {
            ConsumerRecord<byte[], byte[]> record = fetched.getFirst();
            Decoded decoded;
            try {
                decoded = codec.decode(record.value());
            } catch (KafkaException e) {
                if (first) {
                    throw e;
                }
                return true;
            }
            fetched.removeFirst();
            offset = record.offset();
            take(record, decoded, taker);
        }
        return true;
    }

    /** Makes the present or next {@link #poll} return at once. Any thread may call it. */
    public void wakeUp() {
        consumer.wakeup();
    }

    /** The position of the next record in the only partition that is read. */
    long position() {
        return fetched.isEmpty()
                ? consumer.position(consumer.assignment().iterator().next())
                : fetched.getFirst().offset();
    }

    /**
     * Commits for the group that reading began with that all that was handed over need not be read again, unless a reader of a later term has
     * committed. A {@link #wakeUp} does not disturb it, and is left to the next {@link #poll}.
     *
     * @param term 0 or more; of two readers of a group the one whose term is later is the one that counts
     * @return false if a reader of a later term has committed
     * @throws KafkaException if that could not be done
     */
    public boolean commit(long term) {
        // Kafka compares no terms, so a reader that is followed in this very moment still commits.
        boolean isOver = undisturbed(() -> consumer.committed(consumer.assignment())).values().stream()
                .anyMatch(committed -> committed != null && term(committed) > term);
        if (!isOver) {
            commit(Long.toString(term));
        }
        return !isOver;
    }

    /** The offset of the record that is being handed over. */
    public long offset() {
        return offset;
    }

    /** Lets the records of a topic wait in Kafka. To be called before the first {@link #poll}. */
    public void pause(String topic) {
        consumer.pause(partitionsOf(topic));
    }

    /** Goes on with a topic's records. */
    public void resume(String topic) {
        consumer.resume(partitionsOf(topic));
    }

    /** How many records have been committed to the topics, as far as is known here, and were not handed over yet. */
    public long lag() {
        long lag = fetched.size();
        for (TopicPartition partition : consumer.assignment()) {
            lag += consumer.currentLag(partition).orElse(0);
        }
        return lag;
    }

    /** Whether all that was committed when the reader was made has been handed over. */
    public boolean reachedEnd() {
        return fetched.isEmpty()
                && ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /** How many values were left out, because they were no records. */
    long leftOut() {
        return leftOut;
    }

    @Override
    public void close() {
        // Saying goodbye would wait behind the fetch that the broker holds back.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
        schemas.close();
    }

    private List<TopicPartition> partitionsOf(String topic) {
        return consumer.assignment().stream()
                .filter(partition -> partition.topic().equals(topic))
                .toList();
    }

    private void commit(String metadata) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            positions.put(partition, new OffsetAndMetadata(consumer.position(partition), metadata));
        }
        for (Iterator<ConsumerRecord<byte[], byte[]>> last = fetched.descendingIterator(); last.hasNext(); ) {
            ConsumerRecord<byte[], byte[]> record = last.next();
            positions.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset(), metadata));
        }
        undisturbed(() -> {
            consumer.commitSync(positions);
            return positions;
        });
    }

    private <T> T undisturbed(Supplier<T> action) {
        boolean woken = false;
        while (true) {
            try {
                T result = action.get();
                if (woken) {
                    consumer.wakeup();
                }
                return result;
            } catch (WakeupException e) {
                woken = true; // It may have come before anything was sent, so that is done again.
            }
        }
    }

    /** What is there without a term is older than all terms. */
    private static long term(OffsetAndMetadata committed) {
        return committed.metadata().isEmpty() ? -1 : Long.parseLong(committed.metadata());
    }

    private void begin(ClusterConfig config, List<Topic> topics, Choice choice, Start start) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topic topic : topics) {
            String topicName = config.topics().name(topic);
            List<PartitionInfo> infos = consumer.partitionsFor(topicName);
            if (infos == null || infos.isEmpty()) {
                throw Partitions.missing(config, topicName);
            }
            for (int partition : choice.of(infos.size())) {
                partitions.add(new TopicPartition(topicName, partition));
            }
        }
        consumer.assign(partitions);
        boolean isNew = false;
        if (start instanceof Start.At at) {
            seek(partitions, at);
        } else if (start instanceof Start.Since since) {
            seek(partitions, since);
        } else if (start instanceof Start.Committed) {
            isNew = seekToCommitted(partitions);
        } else if (start instanceof Start.Beginning) {
            consumer.seekToBeginning(partitions);
        } else {
            consumer.seekToEnd(partitions);
        }
        // Seeking to an end is done when the position is first asked for; records that come from now on must not be
        // missed.
        partitions.forEach(consumer::position);
        ends = consumer.endOffsets(partitions);
        if (isNew) {
            commit("");
        }
    }

    private void seek(List<TopicPartition> partitions, Start.At at) {
        consumer.endOffsets(partitions).forEach((partition, end) -> {
            // A consumer would begin at the beginning without a word.
            if (at.position() > end) {
                throw new ClusterException(
                        "cannot read " + partition + " from position " + at.position() + ", since it ends at " + end
                                + "; was the topic made anew? Begin at the beginning or at the end",
                        null);
            }
            consumer.seek(partition, at.position());
        });
    }

    private void seek(List<TopicPartition> partitions, Start.Since since) {
        long millis = since.time().toEpochMilli();
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, millis));
        Map<TopicPartition, OffsetAndTimestamp> offsets = consumer.offsetsForTimes(times);
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp offset = offsets.get(partition);
            if (offset == null) {
                consumer.seekToEnd(List.of(partition));
            } else {
                consumer.seek(partition, offset.offset());
            }
        }
    }

    /** True = the group has no place yet in some of them. */
    private boolean seekToCommitted(List<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(partitions));
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        boolean isNew = false;
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = committed.get(partition);
            // Beyond the end it is the position in a topic that was there before this one.
            if (offset == null || offset.offset() > ends.getOrDefault(partition, 0L)) {
                consumer.seekToEnd(List.of(partition));
                isNew = true;
            } else {
                consumer.seek(partition, offset.offset());
            }
        }
        return isNew;
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Decoded decoded, Consumer<SpecificRecord> taker) {
        if (decoded instanceof Decoded.Value value) {
            taker.accept(value.record());
        } else if (leftOut++ == 0) {
            LOG.warn(
                    "{}: left out the value at offset {} of partition {}, and will leave out others silently: {}",
                    record.topic(),
                    record.offset(),
                    record.partition(),
                    decoded);
        }
    }
}
