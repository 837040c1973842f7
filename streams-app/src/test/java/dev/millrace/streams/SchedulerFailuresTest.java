package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitEnd;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.StepInterceptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of inputs that the scheduler cannot take, and when it gives up. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SchedulerFailuresTest {
    private static final int GARBAGE_PER_TOPIC = Integer.getInteger("millrace.garbage.records", 1_000);
    private static final int POISONS = Integer.getInteger("millrace.poison.inputs", 7);

    @TempDir
    Path stateDir;

    private final Schedulers schedulers = new Schedulers();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void anInputThatBreaksTheCoreIsSkippedAfterTwoFailuresAndAllElseGoesOn() throws Exception {
        LiveCluster cluster = schedulers.cluster("poison");
        AtomicInteger failures = new AtomicInteger();
        schedulers.start(cluster, stateDir, input -> {
            if (input.value() instanceof TaskRequest request
                    && request.getTaskId().equals("poison")) {
                failures.incrementAndGet();
                throw new IllegalStateException("a fault of the core");
            }
        });
        schedulers.agent(cluster, POOL);

        cluster.send(Records.request(POOL, "before").build());
        long offset = cluster.send(Records.request(POOL, "poison").build()).offset();
        cluster.send(Records.request(POOL, "after").build());

        awaitEnd(cluster, "before", TaskState.TASK_FINISHED);
        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);
        assertThat(failures).hasValue(2);
        assertThat(cluster.statuses("poison")).isEmpty();
        assertThat(cluster.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .singleElement()
                .satisfies(letter -> {
                    assertThat(letter.getReason()).isEqualTo(DeadLetterReason.POISON);
                    assertThat(letter.getTopic()).isEqualTo("task-requests");
                    assertThat(letter.getOffset()).isEqualTo(offset);
                });
        assertThat(cluster.statuses("before"))
                .extracting(TaskStatus::getSequence)
                .containsExactly(1L, 2L, 3L, 4L);
        assertReplays(cluster);
    }

    @Test
    void anyNumberOfSuchInputsInARowIsSkipped() throws Exception {
        LiveCluster cluster = schedulers.cluster("poisons");
        SchedulerApp app = schedulers.start(cluster, stateDir, input -> {
            if (input.value() instanceof TaskRequest request
                    && request.getTaskId().startsWith("poison")) {
                throw new AssertionError("a fault of the core");
            }
        });
        schedulers.agent(cluster, POOL);

        for (int i = 0; i < POISONS; i++) {
            cluster.send(Records.request(POOL, "poison" + i).build());
        }
        cluster.send(Records.request(POOL, "after").build());

        waiting()
                .atMost(Duration.ofSeconds(150))
                .until(() -> cluster.statuses("after").stream().anyMatch(TaskStatus::getTaskEnded));
        assertThat(app.stopped()).isNotDone();
        assertThat(cluster.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .hasSize(POISONS)
                .allSatisfy(letter -> assertThat(letter.getReason()).isEqualTo(DeadLetterReason.POISON));
        assertReplays(cluster);
    }

    @Test
    void anInputOnWhichTheMemoryDoesNotSufficeIsSkippedToo() throws Exception {
        LiveCluster cluster = schedulers.cluster("memory");
        schedulers.start(cluster, stateDir, input -> {
            if (input.value() instanceof TaskRequest request
                    && request.getTaskId().equals("poison")) {
                throw new OutOfMemoryError("not really");
            }
        });
        schedulers.agent(cluster, POOL);

        cluster.send(Records.request(POOL, "poison").build());
        cluster.send(Records.request(POOL, "after").build());

        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);
        assertThat(cluster.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly(DeadLetterReason.POISON);
    }

    @Test
    void garbageOnEveryInboundTopicIsInDeadLettersAndWorkGoesOn() throws Exception {
        LiveCluster cluster = schedulers.cluster("garbage");
        schedulers.start(cluster, stateDir);
        schedulers.agent(cluster, POOL);
        String pool = "garbage";
        Garbage garbage = new Garbage(new Random(7), pool, Topics.partition(pool, Schedulers.PARTITIONS));
        RecordCodec codec = new RecordCodec();
        Map<String, DeadLetterReason> undecodable = new TreeMap<>();
        for (Topic topic : Topic.inbound()) {
            List<byte[]> values = new ArrayList<>();
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < GARBAGE_PER_TOPIC; i++) {
                values.add(garbage.next(topic));
                sent.add(cluster.produce(topic, i % Schedulers.PARTITIONS, values.get(i)));
            }
            for (int i = 0; i < values.size(); i++) {
                RecordMetadata where = sent.get(i).get();
                if (codec.decode(values.get(i), topic) instanceof Decoded.Fault fault) {
                    undecodable.put(topic.topicName() + "/" + where.partition() + "/" + where.offset(), fault.reason());
                }
            }
        }

        cluster.send(Records.request(POOL, "after").build());

        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);
        waiting().untilAsserted(() -> assertThat(deadLetters(cluster)).containsAllEntriesOf(undecodable));
        assertThat(undecodable).hasSizeGreaterThan(Topic.inbound().size() * GARBAGE_PER_TOPIC / 3);
        // What could be decoded was judged, whatever it said, and nothing in it broke the core.
        assertThat(deadLetters(cluster)).doesNotContainValue(DeadLetterReason.POISON);
        assertReplays(cluster);
    }

    @Test
    void aSchedulerWhoseTicksAllFailStops() throws Exception {
        LiveCluster cluster = schedulers.cluster("ticks");
        SchedulerApp app = schedulers.begin(cluster.config(stateDir), input -> {
            if (input.value() instanceof Tick) {
                throw new IllegalStateException("time stands still");
            }
        });

        assertThat(app.stopped().get(150, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why).contains("fails on every tick", "time stands still"));
    }

    @Test
    void aSchedulerWhoseThreadsDoNothingButFailStops() throws Exception {
        LiveCluster cluster = schedulers.cluster("crashloop");
        SchedulerApp app = schedulers.begin(cluster.config(stateDir), input -> {
            throw new InternalError("not really");
        });

        assertThat(app.stopped().get(150, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why).contains("without any progress", "not really"));
    }

    @Test
    void ofTwoSchedulersUnderOneInstanceIdOneGivesUp(@TempDir Path otherStateDir) throws Exception {
        LiveCluster cluster = schedulers.cluster("fenced");
        SchedulerApp first = schedulers.begin(cluster.config(stateDir).withInstanceId("twice"), StepInterceptor.NONE);
        assertThat(first.awaitRunning(LiveCluster.PATIENCE)).isTrue();

        SchedulerApp second =
                schedulers.begin(cluster.config(otherStateDir).withInstanceId("twice"), StepInterceptor.NONE);

        assertThat(first.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why).contains("the same instance id", "--instance-id"));
        assertThatThrownBy(() -> first.awaitRunning(LiveCluster.PATIENCE)).isInstanceOf(SchedulerException.class);
        assertThat(second.awaitRunning(LiveCluster.PATIENCE)).isTrue();
    }

    private static Map<String, DeadLetterReason> deadLetters(LiveCluster cluster) {
        Map<String, DeadLetterReason> letters = new TreeMap<>();
        for (DeadLetter letter : cluster.read(Topic.DEAD_LETTERS, DeadLetter.class)) {
            letters.put(letter.getTopic() + "/" + letter.getPartition() + "/" + letter.getOffset(), letter.getReason());
        }
        return letters;
    }
}
