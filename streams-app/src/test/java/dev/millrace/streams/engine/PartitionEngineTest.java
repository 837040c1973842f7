package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.core.Shard;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedPartition;
import dev.millrace.state.SavedPosition;
import dev.millrace.streams.Records;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PartitionEngineTest {
    private static final byte[] KEY = PartitionEngine.PARTITION_KEY.getBytes(StandardCharsets.UTF_8);

    private static final int PARTITIONS = 4;
    private static final String HERE = Records.poolIn(0, PARTITIONS);
    private static final String THERE = Records.poolIn(2, PARTITIONS);

    private final MemoryCluster cluster = new MemoryCluster(PARTITIONS, 1);
    private final RecordCodec codec = new RecordCodec();

    @Test
    void aRequestIsAnsweredWithAStatusInItsOwnPartition() {
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();

        assertThat(cluster.sent(0, TaskStatus.class))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_QUEUED);
        assertThat(cluster.outputs(0)).allSatisfy(output -> {
            assertThat(output.topic()).isEqualTo(Topic.TASK_STATUS);
            assertThat(output.partition()).isZero();
            assertThat(new String(output.key(), StandardCharsets.UTF_8)).contains("t");
        });
    }

    @Test
    void whatCannotBeDecodedIsADeadLetterThatSaysAllAboutIt() {
        byte[] garbage = "no record".getBytes(StandardCharsets.UTF_8);
        RawRecord sent = cluster.send(Topic.AGENT_EVENTS, 1, garbage);

        assertThat(cluster.take(sent)).isEqualTo(InputOutcome.UNDECODABLE);

        DeadLetter letter = cluster.sent(1, DeadLetter.class).get(0);
        assertThat(letter.getReason()).isEqualTo(DeadLetterReason.NOT_ENCODED);
        assertThat(letter.getTopic()).isEqualTo("agent-events");
        assertThat(letter.getPartition()).isOne();
        assertThat(letter.getOffset()).isEqualTo(sent.offset());
        assertThat(letter.getTimestamp().toEpochMilli()).isEqualTo(sent.timestampMs());
        assertThat(letter.getLength()).isEqualTo(garbage.length);
        // printf 'no record' | sha256sum
        assertThat(letter.getSha256()).isEqualTo("2561969ef0e66eb91c7d516472ff6d845c8ddb166150dee8bb6bf2e94385b859");
        assertThat(letter.getHead()).isEqualTo(ByteBuffer.wrap(garbage));
    }

    @Test
    void aDeadLetterHoldsTheBeginningOfALargeRecord() {
        cluster.send(Topic.TASK_REQUESTS, 0, new byte[500_000]);
        cluster.run();

        DeadLetter letter = cluster.sent(DeadLetter.class).get(0);
        assertThat(letter.getReason()).isEqualTo(DeadLetterReason.OVERSIZED);
        assertThat(letter.getLength()).isEqualTo(500_000);
        assertThat(letter.getHead().remaining()).isEqualTo(DeadLetters.MAX_HEAD_BYTES);
    }

    @Test
    void aTombstoneIsADeadLetter() {
        cluster.send(Topic.TASK_REQUESTS, 0, null);
        cluster.run();

        DeadLetter letter = cluster.sent(DeadLetter.class).get(0);
        assertThat(letter.getReason()).isEqualTo(DeadLetterReason.NOT_ENCODED);
        assertThat(letter.getLength()).isZero();
        assertThat(letter.getSha256()).isEmpty();
    }

    @Test
    void anInvalidRequestIsAnsweredAndIsADeadLetter() {
        RawRecord sent =
                cluster.send(Records.request(HERE, "t").setPriority(900).build());

        assertThat(cluster.take(sent)).isEqualTo(InputOutcome.TAKEN);

        assertThat(cluster.sent(TaskStatus.class))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_ERROR);
        assertThat(cluster.sent(DeadLetter.class)).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo(DeadLetterReason.INVALID);
            assertThat(letter.getDetail()).contains("priority", "900");
            assertThat(letter.getOffset()).isEqualTo(sent.offset());
        });
    }

    @Test
    void aRecordInAnotherPoolsPartitionIsForwardedAndTakenThere() {
        RawRecord request = cluster.send(0, Records.request(THERE, "t").build());
        cluster.send(0, Records.kill(THERE, "t"));

        assertThat(cluster.take(request)).isEqualTo(InputOutcome.MISROUTED);
        cluster.run();

        assertThat(cluster.sent(0, Redirected.class)).hasSize(2);
        assertThat(cluster.outputs(0))
                .allSatisfy(output -> assertThat(output.partition()).isEqualTo(2));
        assertThat(cluster.sent(0, TaskStatus.class)).isEmpty();
        assertThat(cluster.sent(2, TaskStatus.class))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_QUEUED, TaskState.TASK_KILLED);
        assertThat(cluster.sent(DeadLetter.class)).isEmpty();
    }

    @Test
    void aFaultInARedirectedRecordIsReportedOfThePlaceThatItCameFrom() {
        RawRecord invalid =
                cluster.send(0, Records.request(THERE, "t").setPriority(900).build());
        cluster.run();

        assertThat(cluster.sent(2, DeadLetter.class)).singleElement().satisfies(letter -> {
            assertThat(letter.getTopic()).isEqualTo("task-requests");
            assertThat(letter.getPartition()).isZero();
            assertThat(letter.getOffset()).isEqualTo(invalid.offset());
            assertThat(letter.getLength()).isEqualTo(invalid.value().length);
        });
    }

    @Test
    void aRedirectedRecordThatCannotBeDecodedIsReportedOfThePlaceThatItCameFrom() {
        cluster.send(0, new Redirected(HERE, "agent-events", 3, 17L, ByteBuffer.wrap(new byte[] {1, 2, 3})));
        cluster.run();

        assertThat(cluster.sent(0, DeadLetter.class)).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo(DeadLetterReason.NOT_ENCODED);
            assertThat(letter.getTopic()).isEqualTo("agent-events");
            assertThat(letter.getPartition()).isEqualTo(3);
            assertThat(letter.getOffset()).isEqualTo(17);
        });
    }

    @Test
    void nothingIsRedirectedTwice() {
        byte[] request = codec.encode(Records.request(THERE, "t").build());
        cluster.send(0, new Redirected(THERE, "task-requests", 0, 1L, ByteBuffer.wrap(request)));
        cluster.send(0, new Continue(THERE));
        cluster.run();

        assertThat(cluster.sent(DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly(DeadLetterReason.INVALID, DeadLetterReason.INVALID);
        assertThat(cluster.sent(Redirected.class)).isEmpty();
    }

    @Test
    void theLargestRecordOfEachTopicCanBeRedirected() {
        for (Topic topic : List.of(Topic.TASK_REQUESTS, Topic.AGENT_EVENTS, Topic.OPERATOR_CMDS)) {
            byte[] largest = new byte[topic.maxRecordBytes()];
            byte[] redirected = codec.encode(new Redirected(HERE, topic.topicName(), 1, 1L, ByteBuffer.wrap(largest)));

            assertThat(redirected.length).isLessThan(Topic.INTERNAL.maxRecordBytes());
            assertThat(redirected.length).isLessThan(PartitionEngine.MAX_OUTPUT_BYTES);
        }
    }

    @Test
    void anAgentOnALaunchPartitionThatDoesNotExistIsADeadLetter() {
        cluster.send(Records.registered(HERE, "a", 1, Topic.TASK_LAUNCHES.partitions(PARTITIONS)));
        cluster.run();

        assertThat(cluster.sent(DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly(DeadLetterReason.INVALID);
    }

    @Test
    void rewoundInputsAreCountedAndDoNothing() {
        cluster.send(Records.registered(HERE, "a", 1));
        cluster.send(Records.request(HERE, "t").build());
        cluster.tick(0);
        cluster.run();
        int outputs = cluster.outputs(0).size();
        long checksum = cluster.checksum(0);
        Map<String, List<Byte>> stored = cluster.stored(0);

        cluster.rewind(0);
        cluster.run();

        assertThat(cluster.outputs(0)).hasSize(outputs);
        assertThat(cluster.checksum(0)).isEqualTo(checksum);
        assertThat(cluster.stored(0)).isEqualTo(stored);
        assertThat(cluster.inputs(0)).isEqualTo(6);
        assertThat(cluster.saved(0).getOpenBlock().getRuns().stream()
                        .filter(run -> run.getOutcome() == InputOutcome.REWOUND)
                        .mapToInt(JournalRun::getCount)
                        .sum())
                .isEqualTo(3);
    }

    @Test
    void anInputAfterTheRewoundOnesIsTaken() {
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();
        cluster.rewind(0);
        cluster.run();

        cluster.send(Records.request(HERE, "u").build());
        cluster.run();

        assertThat(cluster.sent(TaskStatus.class))
                .extracting(TaskStatus::getTaskId)
                .containsExactly("t", "u");
    }

    @Test
    void poisonIsADeadLetterThatTheCoreNeverSees() {
        cluster.intercept(input -> {
            if (input.value() instanceof TaskRequest request
                    && request.getTaskId().equals("poison")) {
                throw new IllegalStateException("the core sees it");
            }
        });
        RawRecord poison = cluster.send(Records.request(HERE, "poison").build());
        cluster.poison(poison);
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();

        assertThat(cluster.sent(TaskStatus.class))
                .extracting(TaskStatus::getTaskId)
                .containsExactly("t");
        assertThat(cluster.sent(DeadLetter.class)).singleElement().satisfies(letter -> {
            assertThat(letter.getReason()).isEqualTo(DeadLetterReason.POISON);
            assertThat(letter.getOffset()).isEqualTo(poison.offset());
        });
        assertThat(cluster.saved(0).getOpenBlock().getRuns().get(0).getOutcome())
                .isEqualTo(InputOutcome.POISONED);
    }

    @Test
    void anEngineThatFailedIsOfNoFurtherUse() {
        cluster.intercept(input -> {
            throw new IllegalStateException("failure");
        });
        RawRecord request = cluster.send(Records.request(HERE, "t").build());
        RawRecord next = cluster.send(Records.request(HERE, "u").build());

        assertThatThrownBy(() -> cluster.take(request)).hasMessage("failure");
        assertThatThrownBy(() -> cluster.take(next)).hasMessageContaining("made anew");
    }

    @Test
    void theRecordOfAPartitionSaysUpToWhereItHasTakenWhat() {
        RawRecord request = cluster.send(Records.request(HERE, "t").build());
        cluster.tick(250);
        cluster.run();

        assertThat(cluster.saved(0).getPositions())
                .containsExactly(
                        new SavedPosition("internal", "id of internal", 0L),
                        new SavedPosition("task-requests", "id of task-requests", request.offset()));
    }

    @Test
    void aBlockIsSentWhenItIsFullAndTheNextOneGoesOn() {
        for (int i = 0; i < Journal.MAX_RUNS; i++) {
            cluster.take(cluster.send(Records.request(HERE, "t" + i).build()));
            cluster.take(cluster.send(Records.heartbeat(HERE, "a", 1)));
        }

        List<JournalBlock> blocks = cluster.sent(0, JournalBlock.class);
        assertThat(blocks).extracting(JournalBlock::getNumber).containsExactly(0L, 1L);
        assertThat(blocks).allSatisfy(block -> assertThat(block.getRuns()).hasSize(Journal.MAX_RUNS));
        assertThat(blocks.get(1).getChecksumBefore()).isEqualTo(blocks.get(0).getChecksumAfter());
        assertThat(cluster.outputs(0))
                .filteredOn(output -> output.topic() == Topic.JOURNAL)
                .extracting(output -> new String(output.key(), StandardCharsets.UTF_8))
                .containsExactly("0/0", "0/1");
    }

    @Test
    void aPartitionStopsAtATopicThatWasMadeAnewUntilItIsAccepted() {
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();
        byte[] saved = codec.encode(cluster.saved(0));
        EnumMap<Topic, String> ids = new EnumMap<>(cluster.topics().ids());
        ids.put(Topic.TASK_REQUESTS, "another");

        assertThatThrownBy(() -> engine(new InboundTopics(PARTITIONS, ids, Set.of()))
                        .restore(List.of(new Stored(Store.PARTITION, KEY, saved))))
                .isInstanceOf(TopicRecreatedException.class)
                .hasMessageContainingAll("task-requests", "another", "id of task-requests");

        StoredState state = new StoredState();
        cluster.copyStored(0, state);
        PartitionEngine accepting = new PartitionEngine(
                0, new InboundTopics(PARTITIONS, ids, Set.of("another")), state, StepInterceptor.NONE);
        accepting.restore(state);
        RawRecord first = new RawRecord(
                Topic.TASK_REQUESTS,
                0,
                0,
                0,
                codec.encode(Records.request(HERE, "u").build()));
        assertThat(accepting.take(first).outcome()).isEqualTo(InputOutcome.TAKEN);
    }

    @Test
    void whatIsNotAllThatWasStoredAndNothingElseIsRefused() {
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();
        StoredState before = new StoredState();
        cluster.copyStored(0, before);
        byte[] key = (HERE + "/t").getBytes(StandardCharsets.UTF_8);
        byte[] task = before.get(Store.TASKS, key);
        cluster.send(Records.kill(HERE, "t"));
        cluster.run();
        StoredState after = new StoredState();
        cluster.copyStored(0, after);

        assertThat(restored(after).inputs()).isEqualTo(2);
        StoredState ofAnotherTime = after.copy();
        ofAnotherTime.put(Store.TASKS, key, task);
        StoredState missing = after.copy();
        missing.put(Store.TASKS, key, null);
        StoredState leftOver = after.copy();
        leftOver.put(Store.TASKS, (HERE + "/u").getBytes(StandardCharsets.UTF_8), task);
        StoredState withoutItsOwnRecord = after.copy();
        withoutItsOwnRecord.put(Store.PARTITION, KEY, null);
        assertThat(List.of(ofAnotherTime, missing, leftOver, withoutItsOwnRecord))
                .allSatisfy(state -> assertThatThrownBy(() -> restored(state))
                        .isInstanceOf(StoredSumException.class)
                        .hasMessageContaining("of partition 0 are not those that were stored last"));
    }

    @Test
    void aRecordThatOneStepStoresTwiceCountsOnce() {
        // An executor that nobody knows is noted, and then noted as one that is told to stop.
        AgentExecutor unknown = new AgentExecutor(
                "framework", "e", Records.registered(HERE, "a", 1).getResources());
        RawRecord sent = cluster.send(AgentRegistered.newBuilder(Records.registered(HERE, "a", 1))
                .setExecutors(List.of(unknown))
                .build());
        cluster.take(sent);
        StoredState state = new StoredState();
        cluster.copyStored(sent.partition(), state);

        assertThat(cluster.saved(sent.partition()).getSum()).isEqualTo(StoredSum.of(state));
    }

    private PartitionEngine restored(StoredState state) {
        PartitionEngine engine = new PartitionEngine(0, cluster.topics(), state, StepInterceptor.NONE);
        engine.restore(state);
        return engine;
    }

    @Test
    void stateOfAnotherNumberOfPartitionsIsRefused() {
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();
        byte[] saved = codec.encode(cluster.saved(0));

        assertThatThrownBy(() -> engine(new InboundTopics(8, cluster.topics().ids(), Set.of()))
                        .restore(List.of(new Stored(Store.PARTITION, KEY, saved))))
                .hasMessageContainingAll("4 partitions", "8");
    }

    @Test
    void stateThatWasDecidedByNewerRulesIsRefusedAndThatOfOlderOnesIsGoneOnWith() {
        cluster.send(Records.request(HERE, "t").build());
        cluster.run();

        assertThatThrownBy(() -> engine(cluster.topics())
                        .restore(List.of(new Stored(Store.PARTITION, KEY, savedBy(Shard.BEHAVIOUR + 1)))))
                .isInstanceOf(NewerStateException.class)
                .hasMessageContainingAll(
                        "partition 0",
                        "a newer version",
                        "rules of version " + (Shard.BEHAVIOUR + 1),
                        "those up to " + Shard.BEHAVIOUR);

        PartitionEngine upgraded = engine(cluster.topics());
        upgraded.restore(List.of(new Stored(Store.PARTITION, KEY, savedBy(Shard.BEHAVIOUR - 1))));
        upgraded.restored();
        assertThat(upgraded.inputs()).isEqualTo(cluster.inputs(0));
    }

    @Test
    void aStoredRecordOfASchemaThatIsNotKnownIsANewerVersions() {
        byte[] stored = codec.encode(new SavedClock(1L, 1L));
        stored[5] ^= 1;

        assertThatThrownBy(() -> engine(cluster.topics()).restore(List.of(new Stored(Store.CLOCK, KEY, stored))))
                .isInstanceOf(NewerStateException.class)
                .hasMessageContainingAll("the store clock", "no schema of fingerprint", "start that version");
    }

    @Test
    void aStoreThatHoldsSomethingElseIsRefused() {
        byte[] clock = codec.encode(new SavedClock(1L, 1L));

        assertThatThrownBy(() -> engine(cluster.topics()).restore(List.of(new Stored(Store.POOLS, KEY, clock))))
                .hasMessageContainingAll("pools", "SavedClock");
        assertThatThrownBy(() -> engine(cluster.topics()).restore(List.of(new Stored(Store.POOLS, KEY, new byte[3]))))
                .hasMessageContainingAll("pools", "NOT_ENCODED");
    }

    @Test
    void aTickOfAnotherPartitionIsADeadLetter() {
        cluster.send(Topic.INTERNAL, 0, codec.encode(new Tick(3, 250L)));
        cluster.run();

        assertThat(cluster.sent(DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly(DeadLetterReason.INVALID);
    }

    @Test
    void aDeadLetterLiesWhereItsKeySays() {
        RawRecord sent = cluster.send(Topic.TASK_REQUESTS, 1, new byte[1]);
        cluster.run();

        assertThat(cluster.outputs(1)).singleElement().satisfies(output -> {
            assertThat(new String(output.key(), StandardCharsets.UTF_8)).isEqualTo(sent.place());
            assertThat(output.partition()).isEqualTo(Topics.partition(sent.place(), PARTITIONS));
        });
    }

    private byte[] savedBy(int behaviour) {
        SavedPartition saved = cluster.saved(0);
        JournalBlock open = JournalBlock.newBuilder(saved.getOpenBlock())
                .setBehaviour(behaviour)
                .build();
        return codec.encode(new SavedPartition(saved.getPositions(), open, null));
    }

    private static PartitionEngine engine(InboundTopics topics) {
        return new PartitionEngine(0, topics, new StoredState(), StepInterceptor.NONE);
    }
}
