package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.schemas.Topic;
import org.junit.jupiter.api.Test;

class JournalTest {
    private static final long WALL_MS = 1_000_000;

    private final Journal journal = new Journal(1, 4, 1);

    @Test
    void inputsOfOneTopicAndOutcomeMakeOneRun() {
        journal.input(Topic.TASK_REQUESTS, 10, InputOutcome.TAKEN);
        journal.input(Topic.TASK_REQUESTS, 11, InputOutcome.TAKEN);
        journal.input(Topic.TASK_REQUESTS, 14, InputOutcome.TAKEN);
        journal.input(Topic.AGENT_EVENTS, 3, InputOutcome.TAKEN);
        journal.input(Topic.AGENT_EVENTS, 4, InputOutcome.UNDECODABLE);
        journal.input(Topic.TASK_REQUESTS, 15, InputOutcome.TAKEN);

        assertThat(journal.openBlock(WALL_MS).getRuns())
                .containsExactly(
                        new JournalRun("task-requests", 10L, 3, InputOutcome.TAKEN),
                        new JournalRun("agent-events", 3L, 1, InputOutcome.TAKEN),
                        new JournalRun("agent-events", 4L, 1, InputOutcome.UNDECODABLE),
                        new JournalRun("task-requests", 15L, 1, InputOutcome.TAKEN));
    }

    @Test
    void aRestartBeginsANewRunBecauseOffsetsMayHaveBeenMoved() {
        journal.input(Topic.TASK_REQUESTS, 10, InputOutcome.TAKEN);

        Journal restarted = new Journal(journal.openBlock(WALL_MS));
        restarted.input(Topic.TASK_REQUESTS, 500, InputOutcome.TAKEN);

        assertThat(restarted.openBlock(WALL_MS).getRuns())
                .containsExactly(
                        new JournalRun("task-requests", 10L, 1, InputOutcome.TAKEN),
                        new JournalRun("task-requests", 500L, 1, InputOutcome.TAKEN));
        assertThat(restarted.inputs()).isEqualTo(2);
    }

    @Test
    void blocksAreNumberedAndGoOnFromEachOther() {
        journal.input(Topic.TASK_REQUESTS, 10, InputOutcome.TAKEN);
        journal.output(Topic.TASK_STATUS, 1, new byte[] {1}, new byte[] {2});
        JournalBlock first = journal.close(WALL_MS);
        journal.input(Topic.TASK_REQUESTS, 11, InputOutcome.TAKEN);
        journal.input(Topic.TASK_REQUESTS, 12, InputOutcome.TAKEN);
        journal.output(Topic.TASK_STATUS, 1, new byte[] {1}, null);
        JournalBlock second = journal.close(WALL_MS);

        assertThat(first.getNumber()).isZero();
        assertThat(first.getChecksumBefore()).isZero();
        assertThat(second.getNumber()).isOne();
        assertThat(second.getInputsBefore()).isOne();
        assertThat(second.getChecksumBefore()).isEqualTo(first.getChecksumAfter());
        assertThat(second.getChecksumAfter()).isNotEqualTo(second.getChecksumBefore());
        assertThat(journal.inputs()).isEqualTo(3);
    }

    @Test
    void theChecksumDoesNotDependOnWhereBlocksEnd() {
        Journal other = new Journal(1, 4, 1);
        for (int i = 0; i < 100; i++) {
            byte[] value = {(byte) i};
            journal.output(Topic.TASK_STATUS, 1, value, value);
            other.output(Topic.TASK_STATUS, 1, value, value);
            if (i % 7 == 0) {
                other.close(WALL_MS);
            }
        }

        assertThat(other.checksum()).isEqualTo(journal.checksum());
    }

    @Test
    void aBlockOfManyRunsIsFull() {
        for (int i = 0; i < Journal.MAX_RUNS; i++) {
            assertThat(journal.full()).isFalse();
            journal.input(i % 2 == 0 ? Topic.TASK_REQUESTS : Topic.AGENT_EVENTS, i, InputOutcome.TAKEN);
        }

        assertThat(journal.full()).isTrue();
    }

    @Test
    void aBlockOfManyInputsIsFullAtATickOnly() {
        for (int i = 0; i < Journal.MAX_INPUTS_AT_TICK; i++) {
            assertThat(journal.fullAtTick(WALL_MS)).isFalse();
            journal.input(Topic.TASK_REQUESTS, i, InputOutcome.TAKEN);
        }

        assertThat(journal.full()).isFalse();
        assertThat(journal.fullAtTick(WALL_MS)).isTrue();
    }

    @Test
    void anOldBlockIsFullAtATick() {
        journal.input(Topic.INTERNAL, 1, InputOutcome.TAKEN);

        assertThat(journal.fullAtTick(WALL_MS)).isFalse();
        assertThat(journal.fullAtTick(WALL_MS + Journal.MAX_AGE_AT_TICK_MS - 1)).isFalse();
        assertThat(journal.fullAtTick(WALL_MS + Journal.MAX_AGE_AT_TICK_MS)).isTrue();
    }

    @Test
    void aBlockHoldsTheDecisionsOfOneBehaviour() {
        journal.input(Topic.TASK_REQUESTS, 10, InputOutcome.TAKEN);
        Journal upgraded = new Journal(journal.openBlock(WALL_MS));

        JournalBlock closed = upgraded.continueAs(2, WALL_MS);

        assertThat(closed.getBehaviour()).isEqualTo(1);
        assertThat(closed.getRuns()).hasSize(1);
        assertThat(upgraded.openBlock(WALL_MS).getBehaviour()).isEqualTo(2);
        assertThat(upgraded.openBlock(WALL_MS).getNumber()).isOne();
        assertThat(upgraded.continueAs(2, WALL_MS)).isNull();
    }
}
