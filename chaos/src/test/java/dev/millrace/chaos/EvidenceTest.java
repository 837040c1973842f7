package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.streams.replay.ReplayResult;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EvidenceTest {
    private static final String PLACE = "task-requests/0/7";
    private static final ReplayResult NO_REPLAY = new ReplayResult(List.of());

    @Test
    void findsPoisonThatBecameNoDeadLetter() {
        assertThat(letters()).extracting(Finding::kind).containsExactly(Kind.DEAD_LETTER);
    }

    @Test
    void findsADeadLetterThatCameTwice() {
        assertThat(letters(letter(7), letter(7))).extracting(Finding::kind).containsExactly(Kind.DEAD_LETTER);
    }

    @Test
    void findsADeadLetterOfWhatWasNoPoison() {
        assertThat(letters(letter(7), letter(8))).extracting(Finding::kind).containsExactly(Kind.DEAD_LETTER);
    }

    @Test
    void findsNothingIfAllPoisonAndNothingElseBecameDeadLetters() {
        assertThat(letters(letter(7))).isEmpty();
    }

    @Test
    void findsAStatusThatAReaderSawAndThatIsNotThereAnyMore() {
        assertThat(history(List.of(status(1)), List.of(status(1), status(2))))
                .extracting(Finding::kind)
                .containsExactly(Kind.CHANGED_HISTORY);
    }

    @Test
    void findsAStatusThatAReaderDidNotSeeInItsPlace() {
        assertThat(history(List.of(status(1), status(2)), List.of(status(2))))
                .extracting(Finding::kind)
                .containsExactly(Kind.CHANGED_HISTORY);
    }

    @Test
    void allowsAReaderToLagBehind() {
        assertThat(history(List.of(status(1), status(2)), List.of(status(1)))).isEmpty();
    }

    private static List<Finding> letters(DeadLetter... letters) {
        return new Evidence(List.of(), List.of(letters), NO_REPLAY).deadLetterFindings(Set.of(PLACE));
    }

    private static List<Finding> history(List<TaskStatus> there, List<TaskStatus> seen) {
        return new Evidence(there, List.of(), NO_REPLAY).historyFindings(Map.of("pool", seen));
    }

    private static DeadLetter letter(long offset) {
        return DeadLetter.newBuilder()
                .setReason(DeadLetterReason.MALFORMED)
                .setDetail("")
                .setTopic("task-requests")
                .setPartition(0)
                .setOffset(offset)
                .setTimestamp(Instant.EPOCH)
                .setLength(0)
                .setSha256("")
                .setHead(ByteBuffer.allocate(0))
                .build();
    }

    private static TaskStatus status(long sequence) {
        return TaskStatus.newBuilder()
                .setPool("pool")
                .setTaskId("t")
                .setSequence(sequence)
                .setAttempt(1)
                .setState(TaskState.TASK_QUEUED)
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setDecidedAt(Instant.EPOCH)
                .build();
    }
}
