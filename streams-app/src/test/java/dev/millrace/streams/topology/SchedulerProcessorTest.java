package dev.millrace.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPartition;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.StepInterceptor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulerProcessorTest {
    private static final String POOL = "default";
    private static final long START_MS = 1_700_000_000_000L;
    private static final int TICK_MS = 250;

    @TempDir
    Path directory;

    private StepInterceptor interceptor = StepInterceptor.NONE;

    @Test
    void noMoreThanOneTickIsOnItsWay() throws IOException {
        Driven driven = new Driven("a");

        for (int i = 0; i < 20; i++) {
            driven.advance();
        }
        List<Outgoing> ticks = driven.takeOutputs(Topic.INTERNAL);
        driven.process(Topic.INTERNAL, 0, ticks.get(0).value());
        driven.advance();
        driven.advance();

        assertThat(ticks).hasSize(1);
        assertThat(driven.takeOutputs(Topic.INTERNAL)).hasSize(1);
    }

    @Test
    void aTickThatNeverArrivesIsReplacedAfterAMinute() throws IOException {
        Driven driven = new Driven("a");

        for (int passedMs = 0; passedMs <= 60_000; passedMs += TICK_MS) {
            driven.advance();
        }

        assertThat(driven.takeOutputs(Topic.INTERNAL)).hasSize(2);
    }

    @Test
    void aTickThatIsSkippedIsFollowedByAnother() throws IOException {
        interceptor = input -> {
            throw new IllegalStateException("failure");
        };
        Driven driven = new Driven("a");
        driven.advance();
        byte[] tick = driven.takeOutputs(Topic.INTERNAL).get(0).value();
        for (int i = 0; i < FailureLedger.FAILURES_TO_SKIP; i++) {
            assertThatThrownBy(() -> driven.process(Topic.INTERNAL, 0, tick))
                    .isInstanceOfSatisfying(StepFailedException.class, e -> {
                        assertThat(e.tick()).isTrue();
                        assertThat(e.partition()).isZero();
                    });
            driven.init();
        }
        driven.advance();

        driven.process(Topic.INTERNAL, 0, tick);
        driven.advance();

        assertThat(driven.takeOutputs(Topic.INTERNAL)).hasSize(2);
    }

    @Test
    void errorsCountAsFailuresOfTheInputAndASkippedOneIsCommittedAtOnce() throws IOException {
        interceptor = input -> {
            if (input.value() instanceof TaskRequest) {
                throw new OutOfMemoryError("not really");
            }
        };
        Driven driven = new Driven("a");
        byte[] request = encode(Records.request(POOL, "t").build());
        for (int i = 0; i < FailureLedger.FAILURES_TO_SKIP; i++) {
            assertThatThrownBy(() -> driven.process(Topic.TASK_REQUESTS, 5, request))
                    .isInstanceOf(StepFailedException.class)
                    .hasRootCauseInstanceOf(OutOfMemoryError.class);
            driven.init();
        }

        driven.process(Topic.TASK_REQUESTS, 5, request);

        assertThat(driven.context.committed()).isTrue();
        assertThat(driven.saved().getOpenBlock().getRuns())
                .extracting(run -> run.getOutcome())
                .containsExactly(InputOutcome.POISONED);
    }

    @Test
    void aBrokenMachineIsNotTheInputsFault() throws IOException {
        interceptor = input -> {
            throw new InternalError("the Java machine is broken");
        };
        Driven driven = new Driven("a");

        assertThatThrownBy(() -> driven.process(
                        Topic.TASK_REQUESTS,
                        0,
                        encode(Records.request(POOL, "t").build())))
                .isInstanceOf(InternalError.class);
    }

    @Test
    void anOffsetThatComesAgainWithoutARestartIsNotTakenForRewound() throws IOException {
        Driven driven = new Driven("a");
        byte[] request = encode(Records.request(POOL, "t").build());
        driven.process(Topic.TASK_REQUESTS, 5, request);

        assertThatThrownBy(() -> driven.process(Topic.TASK_REQUESTS, 0, request))
                .isInstanceOf(LogWentBackException.class)
                .hasMessageContainingAll("task-requests/0/0", "after offset 5");

        driven.init();
        driven.process(Topic.TASK_REQUESTS, 0, request);
        assertThat(driven.saved().getOpenBlock().getRuns())
                .extracting(run -> run.getOutcome())
                .containsExactly(InputOutcome.TAKEN, InputOutcome.REWOUND);
    }

    @Test
    void aProcessorThatIsInitialisedAgainGoesOnAsIfNothingHadBeen() throws IOException {
        Driven undisturbed = new Driven("a");
        Driven again = new Driven("b");
        List<Sent> inputs = List.of(
                new Sent(Topic.AGENT_EVENTS, Records.registered(POOL, "a", 1)),
                new Sent(Topic.TASK_REQUESTS, Records.request(POOL, "t").build()),
                new Sent(Topic.INTERNAL, new Tick(0, (long) TICK_MS)),
                new Sent(Topic.TASK_REQUESTS, Records.request(POOL, "u").build()),
                new Sent(Topic.TASK_REQUESTS, Records.kill(POOL, "t")),
                new Sent(Topic.AGENT_EVENTS, Records.heartbeat(POOL, "a", 1)),
                new Sent(Topic.INTERNAL, new Tick(0, (long) TICK_MS)),
                new Sent(Topic.TASK_REQUESTS, Records.request(POOL, "v").build()),
                new Sent(
                        Topic.AGENT_EVENTS,
                        TaskReport.newBuilder()
                                .setPool(POOL)
                                .setAgentId("a")
                                .setTaskId("u")
                                .setAttempt(1)
                                .setReportSequence(1)
                                .setState(TaskState.TASK_RUNNING)
                                .build()));

        for (int i = 0; i < inputs.size(); i++) {
            Sent input = inputs.get(i);
            undisturbed.process(input.topic(), i, encode(input.record()));
            again.init();
            again.process(input.topic(), i, encode(input.record()));
        }

        assertThat(again.outputs()).isNotEmpty().isEqualTo(undisturbed.outputs());
        assertThat(again.stored()).isEqualTo(undisturbed.stored());
        assertThat(again.saved().getOpenBlock().getChecksumAfter())
                .isEqualTo(undisturbed.saved().getOpenBlock().getChecksumAfter());
    }

    private record Sent(Topic topic, SpecificRecord record) {}

    private static byte[] encode(SpecificRecord record) {
        return new RecordCodec().encode(record);
    }

    /** A processor with stores in memory, on which the test plays Kafka Streams. */
    private final class Driven {
        private final Topics topics = new Topics("test.");
        private final MockProcessorContext<byte[], Outgoing> context;
        private final SchedulerProcessor processor;
        private final EnumMap<Store, KeyValueStore<Bytes, byte[]>> stores = new EnumMap<>(Store.class);
        private long nowMs = START_MS;

        Driven(String name) throws IOException {
            context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), directory.toFile());
            for (Store store : Store.values()) {
                KeyValueStore<Bytes, byte[]> made = Stores.keyValueStoreBuilder(
                                MemoryStore.supplier(store.storeName()), Serdes.Bytes(), Serdes.ByteArray())
                        .withLoggingDisabled()
                        .withCachingDisabled()
                        .build();
                made.init(context.getStateStoreContext(), made);
                context.addStateStore(made);
                stores.put(store, made);
            }
            EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
            Topic.inbound().forEach(topic -> ids.put(topic, "id-of-" + topic));
            processor = new SchedulerProcessor(new SchedulerSetup(
                    topics,
                    new InboundTopics(1, ids, Set.of()),
                    1,
                    Duration.ofMillis(TICK_MS),
                    new FailureLedger(directory.resolve("failures-of-" + name)),
                    input -> interceptor.before(input),
                    new PartitionListener() {
                        @Override
                        public void ready(int partition, long inputs, long records) {}

                        @Override
                        public void ticked(int partition) {}
                    }));
            init();
        }

        void init() {
            processor.init(context);
        }

        void process(Topic topic, long offset, byte[] value) {
            context.setRecordMetadata(topics.name(topic), 0, offset);
            processor.process(new Record<>(new byte[0], value, START_MS + offset * 1_000));
        }

        /** Lets the time between two ticks pass. */
        void advance() {
            nowMs += TICK_MS;
            List<CapturedPunctuator> scheduled = context.scheduledPunctuators();
            scheduled.get(scheduled.size() - 1).getPunctuator().punctuate(nowMs);
        }

        List<Outgoing> takeOutputs(Topic topic) {
            List<Outgoing> outputs = context.forwarded().stream()
                    .<Outgoing>map(forward -> forward.record().value())
                    .filter(output -> output.topic() == topic)
                    .toList();
            context.resetForwards();
            return outputs;
        }

        List<String> outputs() {
            return context.forwarded().stream()
                    .map(forward -> forward.record().value())
                    .map(output -> output.topic() + "/" + output.partition() + " " + hex(output.key()) + " "
                            + hex(output.value()))
                    .toList();
        }

        Map<String, String> stored() {
            Map<String, String> stored = new TreeMap<>();
            stores.forEach((store, entries) -> {
                try (KeyValueIterator<Bytes, byte[]> all = entries.all()) {
                    while (all.hasNext()) {
                        KeyValue<Bytes, byte[]> entry = all.next();
                        // The runs of the open block do not grow across a restart.
                        if (store != Store.PARTITION) {
                            stored.put(store + " " + hex(entry.key.get()), hex(entry.value));
                        }
                    }
                }
            });
            return stored;
        }

        SavedPartition saved() {
            try (KeyValueIterator<Bytes, byte[]> all =
                    stores.get(Store.PARTITION).all()) {
                return (SavedPartition) ((Decoded.Value) new RecordCodec().decode(all.next().value)).record();
            }
        }

        private static String hex(byte[] bytes) {
            return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
        }
    }
}
