package dev.millrace.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedPartition;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.StepInterceptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulerTopologyTest {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final String POOL = "default";

    @TempDir
    Path directory;

    private final Topics topics = new Topics("test.");
    private final RecordCodec codec = new RecordCodec();
    private final List<Long> readyRecords = new ArrayList<>();
    private StepInterceptor interceptor = StepInterceptor.NONE;
    private TopologyTestDriver driver;

    @BeforeEach
    void start() throws IOException {
        SchedulerSetup setup = new SchedulerSetup(
                topics,
                inbound(),
                1,
                TICK,
                new FailureLedger(directory.resolve("failures")),
                input -> interceptor.before(input),
                new PartitionListener() {
                    @Override
                    public void ready(int partition, long inputs, long records) {
                        readyRecords.add(records);
                    }

                    @Override
                    public void ticked(int partition) {}
                });
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, topics.applicationId());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        settings.put(
                StreamsConfig.STATE_DIR_CONFIG, directory.resolve("streams").toString());
        settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, FailOnException.class);
        driver = new TopologyTestDriver(SchedulerTopology.build(setup), settings);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void aRequestComesOutAsALaunchOnceAnAgentIsThere() {
        send(Topic.AGENT_EVENTS, Records.registered(POOL, "a", 1));
        send(Topic.TASK_REQUESTS, Records.request(POOL, "t").build());

        assertThat(read(Topic.TASK_STATUS, TaskStatus.class))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_QUEUED, TaskState.TASK_STAGING);
        assertThat(read(Topic.TASK_LAUNCHES, LaunchTask.class))
                .extracting(launch -> launch.getRequest().getTaskId())
                .containsExactly("t");
    }

    @Test
    void whatComesOutSaysWhichInputItFollowsFrom() {
        send(Topic.TASK_REQUESTS, Records.request(POOL, "t").build());
        send(Topic.AGENT_EVENTS, Records.registered(POOL, "a", 1));
        driver.advanceWallClockTime(TICK);

        assertThat(inputs(Topic.TASK_STATUS)).containsExactly("task-requests/0/0", "agent-events/0/0");
        assertThat(inputs(Topic.TASK_LAUNCHES)).containsOnly("agent-events/0/0");
        assertThat(inputs(Topic.INTERNAL)).as("that of a tick").containsExactly("");
    }

    @Test
    void aTickSaysWhichTickWasBeforeIt() {
        driver.advanceWallClockTime(TICK);
        driver.advanceWallClockTime(TICK);

        assertThat(internalOffsets(Topic.INTERNAL)).containsExactly(-1L, 0L);
    }

    private List<Long> internalOffsets(Topic topic) {
        return driver
                .createOutputTopic(topics.name(topic), new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList()
                .stream()
                .map(record -> InputHeader.internalOffset(record.getHeaders()).orElseThrow())
                .toList();
    }

    @Test
    void whatComesOutSaysWhichTickTheClocksStoodAt() {
        send(Topic.TASK_REQUESTS, Records.request(POOL, "before").build());
        driver.advanceWallClockTime(TICK);
        driver.advanceWallClockTime(TICK);
        send(Topic.TASK_REQUESTS, Records.request(POOL, "after").build());

        assertThat(internalOffsets(Topic.TASK_STATUS)).containsExactly(-1L, 1L);
    }

    private List<String> inputs(Topic topic) {
        return driver
                .createOutputTopic(topics.name(topic), new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList()
                .stream()
                .map(record -> InputHeader.in(record.getHeaders()).orElse(""))
                .toList();
    }

    @Test
    void whatWasDecidedIsInTheStores() {
        send(Topic.AGENT_EVENTS, Records.registered(POOL, "a", 1));
        send(Topic.TASK_REQUESTS, Records.request(POOL, "t").build());

        assertThat(keys(Store.AGENTS)).containsExactly("default/a");
        assertThat(keys(Store.REQUESTS)).containsExactly("default/t");
        assertThat(keys(Store.TASKS)).containsExactly("default/t");
        assertThat(keys(Store.PARTITION)).containsExactly(PartitionEngine.PARTITION_KEY);
        SavedPartition saved = stored(Store.PARTITION, PartitionEngine.PARTITION_KEY, SavedPartition.class);
        assertThat(saved.getOpenBlock().getRuns()).hasSize(2);
    }

    @Test
    void whatBecomesOfOffersIsAmongTheMetrics() {
        send(Topic.AGENT_EVENTS, Records.registered(POOL, "a", 1));
        send(Topic.FRAMEWORK_CALLS, Records.subscribe(POOL, "spark", 7));
        String offer = read(Topic.RESOURCE_OFFERS, OffersMade.class)
                .get(0)
                .getOffers()
                .get(0)
                .getOfferId();
        send(Topic.FRAMEWORK_CALLS, new DeclineOffers(POOL, "spark", 7L, List.of(offer), 60_000L));
        send(Topic.FRAMEWORK_CALLS, new FrameworkHeartbeat(POOL, "spark", 8L));

        assertThat(metric("offers-made-total", "partition=0")).isEqualTo(1.0);
        assertThat(metric("offers-declined-total", "partition=0")).isEqualTo(1.0);
        assertThat(metric("offers-accepted-total", "partition=0")).isEqualTo(0.0);
        assertThat(metric("offers-out", "partition=0")).isEqualTo(0.0);
        assertThat(metric("offer-answer-age-max", "partition=0")).isEqualTo(0.0);
        assertThat(metric("frameworks", "state=active")).isEqualTo(1.0);
        assertThat(metric("calls-refused-total", "reason=framework-fenced")).isEqualTo(1.0);
    }

    @Test
    void garbageIsADeadLetterAndWorkGoesOn() {
        input(Topic.TASK_REQUESTS).pipeInput(new byte[0], new byte[] {1, 2, 3});
        send(Topic.TASK_REQUESTS, Records.request(POOL, "t").build());

        assertThat(read(Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly(DeadLetterReason.NOT_ENCODED);
        assertThat(read(Topic.TASK_STATUS, TaskStatus.class)).hasSize(1);
    }

    @Test
    void ticksGoRoundThroughTheInternalTopicAndMoveTheClocks() {
        for (int i = 0; i < 4; i++) {
            driver.advanceWallClockTime(TICK);
        }

        assertThat(read(Topic.INTERNAL, Tick.class))
                .hasSize(4)
                .allSatisfy(tick -> assertThat(tick.getIntervalMs()).isEqualTo(250));
        SavedClock clock = stored(Store.CLOCK, "clock", SavedClock.class);
        assertThat(clock.getElapsedMs()).isEqualTo(3 * 250);
    }

    @Test
    void anInputThatTheCoreFailsOnFailsTheStepAndIsRemembered() throws IOException {
        interceptor = input -> {
            if (input.value() instanceof TaskRequest) {
                throw new IllegalStateException("a fault of the core");
            }
        };

        assertThatThrownBy(() ->
                        send(Topic.TASK_REQUESTS, Records.request(POOL, "t").build()))
                .hasRootCauseMessage("a fault of the core")
                .cause()
                .isInstanceOf(StepFailedException.class)
                .hasMessageContainingAll("task-requests/0/0", "failure 1 of 2");

        FailureLedger reopened = new FailureLedger(directory.resolve("failures"));
        assertThat(reopened.poisoned("id-of-TASK_REQUESTS", 0, 0)).isFalse();
        assertThat(reopened.failed("id-of-TASK_REQUESTS", 0, 0)).isEqualTo(2);
        assertThat(reopened.poisoned("id-of-TASK_REQUESTS", 0, 0)).isTrue();
    }

    @Test
    void aPartitionThatIsReadySaysSo() {
        assertThat(readyRecords).containsExactly(0L);
    }

    @Test
    void everyOutboundTopicHasASink() {
        String description = SchedulerTopology.build(
                        new SchedulerSetup(topics, inbound(), 1, TICK, null, StepInterceptor.NONE, null))
                .describe()
                .toString();

        for (Topic topic : Topic.values()) {
            // Sinks name one topic, sources name topics, so that of the internal topic is not taken for its sink.
            boolean written = topic == Topic.INTERNAL || !Topic.inbound().contains(topic);
            if (written && topic != Topic.TASK_LOGS && topic != Topic.SCHEMAS) {
                assertThat(description).contains("(topic: " + topics.name(topic) + ")");
            }
        }
    }

    @Test
    void changelogsOfThreeReplicasOutliveTheLossOfOne() {
        assertThat(SchedulerTopology.changelogConfig(3)).containsEntry("min.insync.replicas", "2");
        assertThat(SchedulerTopology.changelogConfig(2)).doesNotContainKey("min.insync.replicas");
        assertThat(SchedulerTopology.changelogConfig(1)).containsEntry("cleanup.policy", "compact");
    }

    private static InboundTopics inbound() {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, "id-of-" + topic));
        return new InboundTopics(1, ids, Set.of());
    }

    private void send(Topic topic, SpecificRecord record) {
        input(topic).pipeInput(new byte[0], codec.encode(record));
    }

    private TestInputTopic<byte[], byte[]> input(Topic topic) {
        return driver.createInputTopic(topics.name(topic), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private <T extends SpecificRecord> List<T> read(Topic topic, Class<T> type) {
        TestOutputTopic<byte[], byte[]> output =
                driver.createOutputTopic(topics.name(topic), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        return output.readValuesToList().stream()
                .map(this::decode)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** The value of the one metric about frameworks that is called so and has that tag. */
    private Object metric(String name, String tag) {
        return driver.metrics().entrySet().stream()
                .filter(entry -> entry.getKey().group().equals(FrameworkSensors.GROUP))
                .filter(entry -> entry.getKey().name().equals(name))
                .filter(entry -> entry.getKey().tags().entrySet().stream()
                        .anyMatch(own -> tag.equals(own.getKey() + "=" + own.getValue())))
                .map(entry -> entry.getValue().metricValue())
                .reduce((one, other) -> {
                    throw new AssertionError("two metrics " + name);
                })
                .orElseThrow();
    }

    private List<String> keys(Store store) {
        List<String> keys = new ArrayList<>();
        KeyValueStore<Bytes, byte[]> stored = driver.getKeyValueStore(store.storeName());
        try (KeyValueIterator<Bytes, byte[]> all = stored.all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, byte[]> entry = all.next();
                keys.add(new String(entry.key.get(), StandardCharsets.UTF_8));
            }
        }
        return keys;
    }

    private <T extends SpecificRecord> T stored(Store store, String key, Class<T> type) {
        KeyValueStore<Bytes, byte[]> stored = driver.getKeyValueStore(store.storeName());
        return type.cast(decode(stored.get(Bytes.wrap(key.getBytes(StandardCharsets.UTF_8)))));
    }

    private SpecificRecord decode(byte[] bytes) {
        return ((Decoded.Value) codec.decode(bytes)).record();
    }
}
