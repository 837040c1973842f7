package dev.millrace.bench.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.replay.PartitionReplay;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import org.junit.jupiter.api.Test;

class RecordedRunTest {
    private static final long STARTED_MS = 1_700_000_000_000L;

    private final RecordedRun run = RecordedRun.of(3_000, STARTED_MS);

    @Test
    void isReplayedFromBeginningToEnd() {
        PartitionReplay replay = new PartitionReplay(0, 1, run.log());

        run.blocks().forEach(replay::replay);

        assertThat(replay.result().outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(replay.result().inputs()).isEqualTo(run.recorded()).isGreaterThan(2_900);
    }

    @Test
    void isOfTasksThatAreSubmittedAndReportedTwice() {
        int tasks = run.inputs(Topic.TASK_REQUESTS).size();

        assertThat(tasks).isBetween(900, 1_000);
        // Beside them there are the registrations of the agents.
        assertThat(run.inputs(Topic.AGENT_EVENTS)).hasSizeGreaterThan(2 * tasks);
    }

    @Test
    void mixesTheTopics() {
        assertThat(run.blocks())
                .flatExtracting(JournalBlock::getRuns)
                .filteredOn(taken -> taken.getTopic().equals(Topic.TASK_REQUESTS.topicName()))
                .hasSizeGreaterThan(30);
    }
}
