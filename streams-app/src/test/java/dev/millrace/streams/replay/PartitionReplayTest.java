package dev.millrace.streams.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.MemoryCluster;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionReplayTest {
    private static final int PARTITIONS = RecordedRuns.PARTITIONS;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("millrace.replay.seeds", 5));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void arrivesAtTheSameChecksumWhateverHappened(long seed) {
        MemoryCluster cluster = RecordedRuns.eventful(seed);

        for (int partition = 0; partition < PARTITIONS; partition++) {
            PartitionResult result = replay(cluster, partition, cluster.journal(partition));

            assertThat(result.detail()).isEmpty();
            assertThat(result.outcome()).isEqualTo(Outcome.VERIFIED);
            assertThat(result.checksum()).isEqualTo(cluster.checksum(partition));
            assertThat(result.inputs()).isEqualTo(cluster.inputs(partition));
        }
        assertThat(cluster.sent(TaskStatus.class))
                .anySatisfy(s -> assertThat(s.getState()).isEqualTo(TaskState.TASK_FINISHED));
        assertThat(cluster.sent(JournalBlock.class)).isNotEmpty();
    }

    @Test
    void takesNothingForATimeBeforeTheFirstInput() {
        MemoryCluster cluster = new MemoryCluster(1, 1);
        cluster.send(Records.registered("pool-0", "a", 1));
        cluster.tick(250);
        cluster.run();
        PartitionReplay replay = new PartitionReplay(0, 1, cluster.inputLog(0));
        replay.stopAt(Instant.EPOCH);

        replay.replay(cluster.journal(0).get(0));

        assertThat(replay.timeReached()).isTrue();
        assertThat(replay.inputs()).isZero();
        assertThat(replay.wall()).isEqualTo(Instant.EPOCH);
    }

    /** Among many seeds some lack one of them by chance; these do not. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void meetsEveryOutcome(long seed) {
        assertThat(outcomes(RecordedRuns.eventful(seed)))
                .contains(
                        InputOutcome.TAKEN,
                        InputOutcome.UNDECODABLE,
                        InputOutcome.MISROUTED,
                        InputOutcome.REWOUND,
                        InputOutcome.POISONED);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anEngineThatIsLostAtEveryInputPutsOutTheSame(long seed) {
        MemoryCluster undisturbed = new MemoryCluster(1, seed);
        MemoryCluster restarted = new MemoryCluster(1, seed);

        lifecycles(undisturbed, new Random(seed), false);
        lifecycles(restarted, new Random(seed), true);

        assertThat(restarted.checksum(0)).isEqualTo(undisturbed.checksum(0));
        assertThat(restarted.stored(0)).isEqualTo(undisturbed.stored(0));
        assertThat(restarted.inputs(0)).isEqualTo(undisturbed.inputs(0));
        assertThat(restarted.sent(TaskStatus.class))
                .extracting(TaskStatus::getState)
                .contains(
                        TaskState.TASK_RUNNING,
                        TaskState.TASK_KILLING,
                        TaskState.TASK_KILLED,
                        TaskState.TASK_FINISHED,
                        TaskState.TASK_FAILED);
        assertThat(restarted.sent(LaunchTask.class))
                .extracting(LaunchTask::getAttempt)
                .contains(2);
    }

    /** Tasks that run, fail, are restarted and are killed, in an order that the numbers decide. */
    private static void lifecycles(MemoryCluster cluster, Random random, boolean losing) {
        AnsweringAgents agents = new AnsweringAgents(cluster);
        for (String pool : List.of("pool-0", "pool-1")) {
            cluster.send(Records.registered(pool, "a", 1));
        }
        for (int i = 0; i < 300; i++) {
            String pool = "pool-" + i % 2;
            String earlier = "t" + (i - 2 * (1 + random.nextInt(4)));
            switch (random.nextInt(12)) {
                case 0, 8 -> cluster.send(Records.kill(pool, earlier));
                case 1, 2, 3 -> cluster.tick(250);
                case 4 -> agents.endOldest(TaskState.TASK_FINISHED);
                case 5 -> agents.endOldest(TaskState.TASK_FAILED);
                case 6 -> agents.kill();
                case 7 -> cluster.send(Records.heartbeat(pool, "a", 1));
                default -> cluster.send(restartable(pool, "t" + i));
            }
            agents.start();
            cluster.run(losing);
        }
    }

    private static TaskRequest restartable(String pool, String task) {
        RestartPolicy policy = RestartPolicy.newBuilder()
                .setMode(RestartMode.ON_FAILURE)
                .setDelayMs(100)
                .setMaxDelayMs(1_000)
                .build();
        return Records.request(pool, task).setRestartPolicy(policy).build();
    }

    @Test
    void anAlteredInputIsADifference() {
        MemoryCluster cluster = RecordedRuns.eventful(1);
        InputLog log = cluster.inputLog(0);
        InputLog altered = new InputLog() {
            @Override
            public Optional<RawRecord> next(Topic topic, long offset) {
                Optional<RawRecord> record = log.next(topic, offset);
                return topic == Topic.INTERNAL
                        ? record.map(r ->
                                new RawRecord(r.topic(), r.partition(), r.offset(), r.timestampMs() + 1, r.value()))
                        : record;
            }

            @Override
            public void close() {}
        };

        PartitionResult result = replay(0, cluster.journal(0), altered);

        assertThat(result.outcome()).isEqualTo(Outcome.DIFFERENT);
        assertThat(result.detail()).contains("block 0", "checksum");
    }

    @Test
    void anOutcomeThatIsNoLongerTheSameIsADifferenceThatNamesTheInput() {
        MemoryCluster cluster = new MemoryCluster(PARTITIONS, 1);
        RawRecord request =
                cluster.send(Records.request(Records.poolIn(0, PARTITIONS), "t").build());
        cluster.run();
        JournalBlock open = cluster.journal(0).get(0);
        JournalRun run = new JournalRun(request.topic().topicName(), request.offset(), 1, InputOutcome.UNDECODABLE);

        PartitionResult result = replay(cluster, 0, List.of(with(open, List.of(run), open.getBehaviour())));

        assertThat(result.outcome()).isEqualTo(Outcome.DIFFERENT);
        assertThat(result.detail()).contains(request.place(), "UNDECODABLE", "TAKEN");
    }

    @Test
    void aDifferenceUnderAnotherBehaviourIsCalledThat() {
        MemoryCluster cluster = RecordedRuns.eventful(1);
        JournalBlock first = cluster.journal(0).get(0);
        List<JournalRun> firstHalf = first.getRuns().subList(0, first.getRuns().size() / 2);

        PartitionResult result = replay(cluster, 0, List.of(with(first, firstHalf, 99)));

        assertThat(result.outcome()).isEqualTo(Outcome.OTHER_BEHAVIOUR);
        assertThat(result.detail()).contains("behaviour 99");
    }

    @Test
    void inputsThatAreGoneAreNamed() {
        MemoryCluster cluster = RecordedRuns.eventful(1);
        InputLog log = cluster.inputLog(0);
        InputLog shortened = new InputLog() {
            @Override
            public Optional<RawRecord> next(Topic topic, long offset) {
                return log.next(topic, topic == Topic.TASK_REQUESTS ? Math.max(offset, 30) : offset);
            }

            @Override
            public void close() {}
        };

        PartitionResult result = replay(0, cluster.journal(0), shortened);

        assertThat(result.outcome()).isEqualTo(Outcome.INCOMPLETE);
        assertThat(result.detail()).contains("task-requests/0/", "not there any more");
    }

    @Test
    void aJournalWhoseBeginningIsGoneIsIncomplete() {
        MemoryCluster cluster = RecordedRuns.eventful(1);
        List<JournalBlock> journal = cluster.journal(0);

        PartitionResult result = replay(cluster, 0, journal.subList(1, journal.size()));

        assertThat(result.outcome()).isEqualTo(Outcome.INCOMPLETE);
        assertThat(result.detail()).contains("begins with block 1");
    }

    /** Requests, agents, garbage, records in wrong partitions, poison, restarts and rewinds, in an order that the seed decides. */
    private static Set<InputOutcome> outcomes(MemoryCluster cluster) {
        Set<InputOutcome> outcomes = new HashSet<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            for (JournalBlock block : cluster.journal(partition)) {
                block.getRuns().forEach(run -> outcomes.add(run.getOutcome()));
            }
        }
        return outcomes;
    }

    private static JournalBlock with(JournalBlock block, List<JournalRun> runs, int behaviour) {
        return JournalBlock.newBuilder(block)
                .setRuns(new ArrayList<>(runs))
                .setBehaviour(behaviour)
                .build();
    }

    private static PartitionResult replay(MemoryCluster cluster, int partition, List<JournalBlock> journal) {
        return replay(partition, journal, cluster.inputLog(partition));
    }

    private static PartitionResult replay(int partition, List<JournalBlock> journal, InputLog log) {
        PartitionReplay replay = new PartitionReplay(partition, PARTITIONS, log);
        for (JournalBlock block : journal) {
            if (!replay.replay(block)) {
                break;
            }
        }
        return replay.result();
    }
}
