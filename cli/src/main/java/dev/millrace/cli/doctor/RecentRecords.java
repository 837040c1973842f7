package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.AgentClock;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** What the newest committed records of some topics tell, and those of a small changelog. One thread uses it. */
final class RecentRecords implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final RecordCodec codec = new RecordCodec();

    RecentRecords(ClusterConfig config) {
        topics = config.topics();
        Map<String, Object> properties = config.consumerProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        consumer = new KafkaConsumer<>(properties);
    }

    /** By partition, how often ticks come. */
    Map<Integer, Duration> tickIntervals() {
        Map<Integer, Duration> intervals = new HashMap<>();
        // A tick is followed by the end of its transaction.
        read(Topic.INTERNAL, 20, (record, value) -> {
            if (value instanceof Tick tick) {
                intervals.put(record.partition(), Duration.ofMillis(tick.getIntervalMs()));
            }
        });
        return intervals;
    }

    /**
     * By how much the agents' clocks go before that of the broker that stamped what they sent. Records may be late, never early, so the one
     * that seems to come from furthest ahead is nearest to the truth.
     */
    List<AgentClock> agentClocks() {
        Map<String, Duration> ahead = new TreeMap<>();
        read(Topic.AGENT_EVENTS, 2_000, (record, value) -> {
            Instant arrived = Instant.ofEpochMilli(record.timestamp());
            if (value instanceof AgentHeartbeat heartbeat) {
                put(ahead, heartbeat.getPool() + "/" + heartbeat.getAgentId(), heartbeat.getSentAt(), arrived);
            } else if (value instanceof AgentRegistered registered) {
                put(ahead, registered.getPool() + "/" + registered.getAgentId(), registered.getSentAt(), arrived);
            }
        });
        List<AgentClock> clocks = new ArrayList<>();
        ahead.forEach((agent, by) -> clocks.add(new AgentClock(agent, by)));
        return clocks;
    }

    private static void put(Map<String, Duration> ahead, String agent, Instant sent, Instant arrived) {
        ahead.merge(agent, Duration.between(arrived, sent), (one, other) -> one.compareTo(other) > 0 ? one : other);
    }

    /** How many dead letters among the newest have the reason POISON. */
    long poison() {
        long[] count = new long[1];
        read(Topic.DEAD_LETTERS, 1_000, (record, value) -> {
            if (value instanceof DeadLetter letter && letter.getReason() == DeadLetterReason.POISON) {
                count[0]++;
            }
        });
        return count[0];
    }

    /** By partition, the behaviour version of the newest closed block of the journal. */
    Map<Integer, Integer> behaviours() {
        Map<Integer, Integer> behaviours = new TreeMap<>();
        read(Topic.JOURNAL, 20, (record, value) -> {
            if (value instanceof JournalBlock block) {
                behaviours.put(block.getPartition(), block.getBehaviour());
            }
        });
        return behaviours;
    }

    /** By pool, how many agents a minute it may lose; 0 = no limit. */
    Map<String, Integer> lossLimits() {
        Map<String, Integer> limits = new TreeMap<>();
        // It is compacted, and pools are few and never removed.
        read(topics.changelog(Store.POOLS), Long.MAX_VALUE, (record, value) -> {
            if (value instanceof SavedPool pool) {
                limits.put(pool.getPool(), pool.getSettings().getAgentLossesPerMinute());
            }
        });
        return limits;
    }

    private void read(Topic topic, long offsets, BiConsumer<ConsumerRecord<byte[], byte[]>, SpecificRecord> taker) {
        read(topics.name(topic), offsets, taker);
    }

    /** Reads the last so many offsets of each partition, of which some may be no records. */
    private void read(String name, long offsets, BiConsumer<ConsumerRecord<byte[], byte[]>, SpecificRecord> taker) {
        try {
            List<PartitionInfo> infos = consumer.listTopics().getOrDefault(name, List.of());
            List<TopicPartition> partitions = infos.stream()
                    .filter(info -> info.leader() != null)
                    .map(info -> new TopicPartition(name, info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            ends.forEach((partition, end) ->
                    consumer.seek(partition, Math.max(begins.getOrDefault(partition, 0L), end - offsets)));
            long deadline = System.nanoTime() + TIMEOUT.toNanos();
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))
                    && System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.value() != null && codec.decode(record.value()) instanceof Decoded.Value value) {
                        taker.accept(record, value.record());
                    }
                }
            }
        } catch (KafkaException e) {
            throw new ClusterException("cannot read " + name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
