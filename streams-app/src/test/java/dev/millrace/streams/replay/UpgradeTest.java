package dev.millrace.streams.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.PoolSettings;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedTask;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.NewerStateException;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the version of behaviour 3 left behind is gone on with. The recording is of a real cluster with three agents: a job of 20 tasks, a task
 * that failed three times, a service that ran on, a role with a limit, a task that was killed, one that fits nowhere. Beside the journal and
 * the inputs it has what the changelogs held when that version had stopped.
 */
class UpgradeTest {
    private static final Path RECORDED = Path.of("src/test/resources/recorded/behaviour-3");

    private final RecordCodec codec = new RecordCodec();
    private Slice slice;
    private ReplayStart end;

    @BeforeEach
    void read() throws Exception {
        slice = Slice.read(RECORDED);
        end = SnapshotFile.of(RECORDED.resolve("changelogs/end.snapshot")).read();
    }

    @Test
    void isOfAnOlderBehaviour() {
        assertThat(slice.blocks()).extracting(JournalBlock::getBehaviour).containsOnly(3);
        assertThat(Shard.BEHAVIOUR).isGreaterThan(3);
    }

    @Test
    void goesOnFromItsChangelogs() {
        StoredState state = end.state().copy();
        PartitionEngine engine = new PartitionEngine(end.partition(), end.topics(), state, StepInterceptor.NONE);
        engine.restore(state);
        long inputs = engine.inputs();
        long wallMs = engine.wallMs();
        String waiting = taskIn(state, TaskState.TASK_QUEUED);
        long sent = state.positions().get(Topic.INTERNAL);

        List<SpecificRecord> out = new ArrayList<>(take(engine, state, Topic.INTERNAL, sent + 1, wallMs + 250, tick()));
        KillRequest kill = Records.kill("default", waiting);
        out.addAll(take(
                engine,
                state,
                Topic.TASK_REQUESTS,
                state.positions().get(Topic.TASK_REQUESTS) + 1,
                wallMs + 250,
                kill));

        assertThat(out).hasAtLeastOneElementOfType(JournalBlock.class);
        assertThat(out.stream().filter(JournalBlock.class::isInstance).findFirst())
                .as("what the older version had decided is closed as its own")
                .get()
                .extracting(block -> ((JournalBlock) block).getBehaviour())
                .isEqualTo(3);
        assertThat(out.stream()
                        .filter(TaskStatus.class::isInstance)
                        .map(TaskStatus.class::cast)
                        .filter(status -> status.getTaskId().equals(waiting)))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_KILLED);
        assertThat(state.openBlock())
                .get()
                .extracting(JournalBlock::getBehaviour)
                .isEqualTo(Shard.BEHAVIOUR);
        assertThat(engine.inputs()).isEqualTo(inputs + 2);
    }

    @Test
    void replaysItsJournalToTheSameState() {
        StoredState state = slice.start().state().copy();
        PartitionEngine engine =
                new PartitionEngine(end.partition(), slice.start().topics(), state, StepInterceptor.NONE);
        engine.restore(state);
        InputLog inputs = slice.inputLog();
        for (JournalBlock block : slice.blocks()) {
            for (JournalRun run : block.getRuns()) {
                assertThat(run.getOutcome()).isEqualTo(InputOutcome.TAKEN);
                long next = run.getFirstOffset();
                for (int i = 0; i < run.getCount(); i++) {
                    RawRecord input = inputs.next(Topic.named(run.getTopic()).orElseThrow(), next)
                            .orElseThrow();
                    state.apply(engine.take(input));
                    next = input.offset() + 1;
                }
            }
        }

        assertThat(contents(state)).isEqualTo(contents(end.state()));
    }

    @Test
    void aReplayThatIsToBeBitExactSaysThatOtherRulesDecided() {
        var result = slice.replay(ReplayWatcher.NONE);

        assertThat(result.outcome()).isEqualTo(Outcome.OTHER_BEHAVIOUR);
        assertThat(result.detail()).contains("it was decided by behaviour 3, and this is behaviour " + Shard.BEHAVIOUR);
    }

    @Test
    void whatThisVersionHasDecidedIsNotGoneOnWithByAnOlderOne() {
        StoredState state = end.state();
        JournalBlock open = state.openBlock().orElseThrow();
        state.saveOpenBlock(
                JournalBlock.newBuilder(open).setBehaviour(Shard.BEHAVIOUR + 1).build());
        PartitionEngine older = new PartitionEngine(end.partition(), end.topics(), state, StepInterceptor.NONE);

        assertThatThrownBy(() -> older.restore(state)).isInstanceOf(NewerStateException.class);
    }

    private List<SpecificRecord> take(
            PartitionEngine engine,
            StoredState state,
            Topic topic,
            long offset,
            long timestampMs,
            SpecificRecord value) {
        var step = engine.take(new RawRecord(topic, end.partition(), offset, timestampMs, codec.encode(value)));
        state.apply(step);
        return step.outputs().stream().map(Outgoing::value).map(this::decode).toList();
    }

    private Tick tick() {
        return new Tick(end.partition(), 250L);
    }

    private String taskIn(StoredState state, TaskState wanted) {
        List<String> found = new ArrayList<>();
        state.forEach((store, key, value) -> {
            if (store == Store.TASKS && decode(value) instanceof SavedTask task && task.getState() == wanted) {
                found.add(task.getTaskId());
            }
        });
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    /** What is stored as this version reads it, but for the shell's own record and for settings that new pools get. */
    private Map<String, SpecificRecord> contents(StoredState state) {
        Map<String, SpecificRecord> contents = new TreeMap<>();
        state.forEach((store, key, value) -> {
            if (store != Store.PARTITION) {
                SpecificRecord record = decode(value);
                if (record instanceof SavedPool pool) {
                    record = SavedPool.newBuilder(pool)
                            .setSettings(PoolSettings.newBuilder(pool.getSettings())
                                    .setAgentLossesPerMinute(0)
                                    .build())
                            .build();
                }
                contents.put(store + " " + new String(key, StandardCharsets.UTF_8), record);
            }
        });
        return contents;
    }

    private SpecificRecord decode(byte[] value) {
        return ((Decoded.Value) codec.decode(value)).record();
    }
}
