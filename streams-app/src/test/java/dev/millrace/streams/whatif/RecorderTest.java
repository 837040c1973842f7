package dev.millrace.streams.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskState;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.MemoryCluster;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.PartitionReplay;
import dev.millrace.streams.replay.ReplayStart;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecorderTest {
    private static final String POOL = Records.poolIn(0, 1);

    private final MemoryCluster cluster = new MemoryCluster(1, 8);

    @Test
    void seesTheSameFromASnapshotOnAsFromTheBeginning() {
        cluster.send(Records.registered(POOL, "a1", 1));
        run("early", 150);
        List<JournalBlock> journal = cluster.journal(0);
        assertThat(journal).as("blocks").hasSizeGreaterThan(2);
        long fromMs = journal.get(1).getClosedAt().toEpochMilli() + 1_000;
        PartitionReplay earlier = new PartitionReplay(0, 1, cluster.inputLog(0));
        earlier.replay(journal.get(0));
        earlier.replay(journal.get(1));
        StoredState snapshot = earlier.state();

        Recorder whole = new Recorder(POOL, 1, fromMs, Long.MAX_VALUE);
        replay(ReplayStart.atTheBeginning(0, 1), journal, whole);
        Recorder fromSnapshot = new Recorder(POOL, 1, fromMs, Long.MAX_VALUE);
        replay(new ReplayStart(0, 1, snapshot), journal.subList(2, journal.size()), fromSnapshot);

        AgentRegistered more = Records.registered(POOL, "a2", 1);
        Circumstances circumstances = new Circumstances(null, List.of(), List.of(more), Set.of());
        Answer answer = WhatIf.ask(whole, circumstances);
        assertThat(WhatIf.ask(fromSnapshot, circumstances)).isEqualTo(answer);
        Answer.Comparison comparison = (Answer.Comparison) answer;
        assertThat(comparison.happened().started()).isPositive();
        assertThat(comparison.changed().waits().meanMs())
                .isLessThan(comparison.happened().waits().meanMs());
    }

    @Test
    void knowsNothingOfATimeWithoutInputs() {
        cluster.send(Records.registered(POOL, "a1", 1));
        run("t", 5);
        Recorder recorder = new Recorder(POOL, 1, Long.MAX_VALUE, Long.MAX_VALUE);
        replay(ReplayStart.atTheBeginning(0, 1), cluster.journal(0), recorder);

        assertThat(WhatIf.ask(recorder, Circumstances.AS_THEY_WERE))
                .isEqualTo(new Answer.Refused("there is no input of this period"));
    }

    /** Every quarter of a second two tasks come to an agent that has room for four, and each runs for one second. */
    private void run(String prefix, int quarters) {
        int answered = 0;
        int ended = 0;
        for (int i = 0; i < quarters; i++) {
            cluster.tick(250);
            for (int j = 0; j < 2; j++) {
                cluster.send(Records.request(POOL, prefix + i + "-" + j)
                        .setResources(RecordedCluster.cpus(1_000))
                        .build());
            }
            cluster.send(Records.heartbeat(POOL, "a1", 1));
            cluster.run();
            List<LaunchTask> launches = cluster.sent(LaunchTask.class);
            for (; ended < answered - 3; ended++) {
                cluster.send(Records.report(launches.get(ended), 2, TaskState.TASK_FINISHED));
            }
            for (; answered < launches.size(); answered++) {
                cluster.send(Records.report(launches.get(answered), 1, TaskState.TASK_RUNNING));
            }
            cluster.run();
        }
    }

    private void replay(ReplayStart start, List<JournalBlock> blocks, Recorder recorder) {
        PartitionReplay replay = new PartitionReplay(start, cluster.inputLog(0), recorder);
        for (JournalBlock block : blocks) {
            assertThat(replay.replay(block)).as(replay.result().detail()).isTrue();
        }
    }
}
