package dev.millrace.client;

import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Keeps the contents of the scheduler's stores by reading their changelogs, committed records only: first all of them, then what was added.
 * Mutable; owned by the read model, which locks it.
 */
final class ChangelogReader implements StoreContents {
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(200);
    private static final int FETCH_BYTES = 16 * 1024 * 1024;
    private static final int PARTITION_FETCH_BYTES = 4 * 1024 * 1024;
    private static final int MAX_POLL_RECORDS = 20_000;
    /** Whoever has not read on for so long may miss deletions, which are kept for twice as long. */
    private static final Duration LONGEST_PAUSE = Store.DELETIONS_KEPT.dividedBy(2);

    private final String bootstrapServers;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Store> storesByChangelog = new HashMap<>();
    private final Map<Store, Changelog> changelogs = new EnumMap<>(Store.class);
    /** What was fetched beyond the ends up to which was read last: of a later step, which other changelogs may have read nothing of yet. */
    private final List<ConsumerRecord<byte[], byte[]>> later = new ArrayList<>();

    private final Choice choice;
    private final InstantSource clock;
    /** When something was read last, or reading anew began. */
    private Instant readAt = Instant.MAX;

    /** Chooses which partition is read, of so many. */
    @FunctionalInterface
    interface Choice {
        /** The only one; empty = all. */
        OptionalInt of(int count);
    }

    ChangelogReader(ClusterConfig config, Set<Store> stores, Choice choice) {
        this(config, stores, choice, InstantSource.system());
    }

    /** @param clock one that goes on while the machine sleeps */
    ChangelogReader(ClusterConfig config, Set<Store> stores, Choice choice, InstantSource clock) {
        Map<String, Object> properties = config.consumerProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        this.bootstrapServers = config.bootstrapServers();
        this.consumer = new KafkaConsumer<>(properties);
        this.choice = choice;
        this.clock = clock;
        Topics topics = config.topics();
        stores.forEach(store -> storesByChangelog.put(topics.changelog(store), store));
    }

    /** Whether the changelogs exist, which they do once a scheduler has run. */
    @Override
    public boolean exists() {
        return !changelogs.isEmpty();
    }

    /** What a store holds; empty before {@link #exists}. */
    @Override
    public Changelog changelog(Store store) {
        return changelogs.getOrDefault(store, new Changelog(1));
    }

    /**
     * Reads up to what is committed at the time of the call.
     *
     * @throws ClusterException if that takes longer than the timeout or the brokers cannot be reached
     */
    @Override
    public void readOn(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            if (!exists() && !assign()) {
                return;
            }
            if (clock.instant().minus(LONGEST_PAUSE).isAfter(readAt)) {
                readAnew(consumer.assignment());
                readAt = clock.instant();
            }
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
            ends.forEach((partition, end) -> {
                if (end < consumer.position(partition)) {
                    readAnew(List.of(partition));
                }
            });
            takeLater(ends);
            while (behind(ends) > 0) {
                if (System.nanoTime() > deadline) {
                    throw new ClusterException(
                            "the scheduler's state on " + bootstrapServers + " could not be read within "
                                    + timeout.toMillis() + " ms; " + behind(ends) + " records are left",
                            null);
                }
                poll(ends);
            }
            readAt = clock.instant();
        } catch (KafkaException e) {
            throw new ClusterException(
                    "cannot read the scheduler's state on " + bootstrapServers + ": " + e.getMessage(), e);
        }
    }

    /** How many records have been committed and not been read. */
    @Override
    public long recordsBehind() {
        try {
            return exists() ? behind(consumer.endOffsets(consumer.assignment())) + later.size() : 0;
        } catch (KafkaException e) {
            throw new ClusterException("cannot reach " + bootstrapServers + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        // Saying goodbye would wait behind the fetch that the broker holds back.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }

    private boolean assign() {
        Map<String, List<PartitionInfo>> topics = consumer.listTopics();
        if (!topics.keySet().containsAll(storesByChangelog.keySet())) {
            return false;
        }
        List<TopicPartition> assigned = new ArrayList<>();
        storesByChangelog.forEach((changelog, store) -> {
            int count = topics.getOrDefault(changelog, List.of()).size();
            changelogs.put(store, new Changelog(count));
            OptionalInt only = choice.of(count);
            for (int partition = 0; partition < count; partition++) {
                if (only.isEmpty() || only.getAsInt() == partition) {
                    assigned.add(new TopicPartition(changelog, partition));
                }
            }
        });
        consumer.assign(assigned);
        consumer.seekToBeginning(assigned);
        readAt = clock.instant();
        return true;
    }

    private void poll(Map<TopicPartition, Long> ends) {
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_TIMEOUT)) {
                if (isBefore(ends, record)) {
                    take(record);
                } else {
                    later.add(record);
                }
                readAt = clock.instant();
            }
        } catch (OffsetOutOfRangeException e) {
            readAnew(e.partitions());
        }
    }

    private void takeLater(Map<TopicPartition, Long> ends) {
        List<ConsumerRecord<byte[], byte[]>> fetched = List.copyOf(later);
        later.clear();
        for (ConsumerRecord<byte[], byte[]> record : fetched) {
            if (isBefore(ends, record)) {
                take(record);
            } else {
                later.add(record);
            }
        }
    }

    private static boolean isBefore(Map<TopicPartition, Long> ends, ConsumerRecord<byte[], byte[]> record) {
        return record.offset() < ends.getOrDefault(partition(record), Long.MAX_VALUE);
    }

    private static TopicPartition partition(ConsumerRecord<byte[], byte[]> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() != null) {
            changelogOf(record.topic()).take(record.partition(), record.key(), record.value());
        }
    }

    /** Begins again with changelogs of which it is not known that what was read of them is still so. */
    private void readAnew(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            changelogOf(partition.topic()).forget(partition.partition());
            later.removeIf(record -> partition(record).equals(partition));
        }
        consumer.seekToBeginning(partitions);
    }

    private Changelog changelogOf(String topic) {
        Store store = storesByChangelog.get(topic);
        Changelog changelog = store == null ? null : changelogs.get(store);
        if (changelog == null) {
            throw new IllegalStateException(topic + " was not asked for");
        }
        return changelog;
    }

    private long behind(Map<TopicPartition, Long> ends) {
        long behind = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            behind += Math.max(0, end.getValue() - consumer.position(end.getKey()));
        }
        return behind;
    }
}
