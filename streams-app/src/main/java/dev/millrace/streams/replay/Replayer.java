package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPartition;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Replays a cluster's whole journal against its inbound topics and says whether everything comes out as it did. The scheduler may run
 * meanwhile: what is replayed is what had been committed when each partition's turn came.
 *
 * <p>A partition's journal is what lies on the journal topic, and then the open block, which lies in the changelog of its saved positions.
 */
public final class Replayer {
    private final Topics topics;
    private final Map<String, Object> consumerSettings;
    private final RecordCodec codec = new RecordCodec();

    /**
     * @param kafka settings for consumers, among them {@code bootstrap.servers}
     */
    public Replayer(Topics topics, Map<String, ?> kafka) {
        this.topics = topics;
        consumerSettings = new HashMap<>(kafka);
        consumerSettings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        consumerSettings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumerSettings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        consumerSettings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    }

    /**
     * Replays everything.
     *
     * @throws org.apache.kafka.common.KafkaException if the broker can't be asked
     * @throws IllegalStateException if the cluster's topics are not there
     */
    public ReplayResult verify() {
        int partitions;
        boolean everStarted;
        try (Consumer<byte[], byte[]> consumer = consumer()) {
            partitions = partitions(consumer, topics.name(Topic.JOURNAL));
            everStarted = partitions(consumer, topics.changelog(Store.PARTITION)) > 0;
        }
        if (partitions == 0) {
            throw new IllegalStateException("there is no topic " + topics.name(Topic.JOURNAL));
        }
        List<PartitionResult> results = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            results.add(verify(partition, partitions, everStarted));
        }
        return new ReplayResult(results);
    }

    private PartitionResult verify(int partition, int partitions, boolean everStarted) {
        // The open block is read first: by the time that the journal is read, it may have been closed and lie there,
        // but not the reverse.
        Optional<JournalBlock> open = everStarted ? openBlock(partition) : Optional.empty();
        try (TopicCursor journal = cursor(topics.name(Topic.JOURNAL), partition);
                InputLog inputs = new KafkaInputLog(partition, topics, this::consumer)) {
            PartitionReplay replay = new PartitionReplay(partition, replayed(partitions), inputs);
            try {
                replay(replay, journal, open);
            } catch (OffsetOutOfRangeException e) {
                replay.incomplete("blocks of the journal were removed by retention while they were read");
            }
            return replay.result();
        }
    }

    private void replay(PartitionReplay replay, TopicCursor journal, Optional<JournalBlock> open) {
        long next = 0;
        Optional<ConsumerRecord<byte[], byte[]>> record = journal.next();
        while (record.isPresent()) {
            JournalBlock block = decode(record.get(), JournalBlock.class);
            if (!replay.replay(block)) {
                return;
            }
            next = block.getNumber() + 1;
            record = journal.next();
        }
        if (open.isPresent() && open.get().getNumber() >= next) {
            replay.replay(open.get());
        }
    }

    private Optional<JournalBlock> openBlock(int partition) {
        try (TopicCursor changelog = cursor(topics.changelog(Store.PARTITION), partition)) {
            Optional<JournalBlock> open = Optional.empty();
            Optional<ConsumerRecord<byte[], byte[]>> record = changelog.next();
            while (record.isPresent()) {
                open = Optional.of(decode(record.get(), SavedPartition.class).getOpenBlock());
                record = changelog.next();
            }
            return open;
        }
    }

    /** A replay reads each record once, so it does not matter by what ids the topics go now. */
    private static InboundTopics replayed(int partitions) {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, "replayed"));
        return new InboundTopics(partitions, ids, Set.of());
    }

    private <T> T decode(ConsumerRecord<byte[], byte[]> record, Class<T> type) {
        Decoded decoded = codec.decode(record.value());
        if (decoded instanceof Decoded.Value value && type.isInstance(value.record())) {
            return type.cast(value.record());
        }
        throw new IllegalStateException(record.topic() + "/" + record.partition() + "/" + record.offset() + " is no "
                + type.getSimpleName() + ": " + decoded);
    }

    private static int partitions(Consumer<byte[], byte[]> consumer, String topic) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic);
        return infos == null ? 0 : infos.size();
    }

    private TopicCursor cursor(String topic, int partition) {
        return new TopicCursor(consumer(), new TopicPartition(topic, partition));
    }

    private Consumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(consumerSettings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
