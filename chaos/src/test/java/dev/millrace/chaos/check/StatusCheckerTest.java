package dev.millrace.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusCheckerTest {
    private static final Size HALF = new Size(500, 50);

    private final StatusChecker checker =
            new StatusChecker(Map.of("a", new Size(1_000, 100)), Map.of("s", HALF, "t", HALF, "u", HALF));
    private final StatusesOfTask s = new StatusesOfTask("s");
    private final StatusesOfTask t = new StatusesOfTask("t");
    private final StatusesOfTask u = new StatusesOfTask("u");

    @Test
    void findsNothingInAStreamAsItShouldBe() {
        take(t.queued(), t.staging("a"), t.dropped(), t.queuedAgain(), t.staging("a"), t.running(), t.finished());

        assertThat(checker.finish(List.of("t"))).isEmpty();
        assertThat(checker.statuses()).isEqualTo(7);
        assertThat(checker.attempts()).isEqualTo(2);
    }

    @Test
    void findsATaskWithoutAnyStatus() {
        assertThat(checker.finish(List.of("t"))).extracting(Finding::kind).containsExactly(Kind.LOST);
    }

    @Test
    void findsATaskThatHasNotEnded() {
        take(t.queued(), t.staging("a"), t.dropped());

        assertThat(checker.finish(List.of("t"))).extracting(Finding::kind).containsExactly(Kind.LOST);
    }

    @Test
    void findsAGap() {
        take(t.queued());
        t.staging("a");
        take(t.staging("a"));

        assertIllegal();
    }

    @Test
    void findsARepetition() {
        TaskStatus queued = t.queued();
        take(queued, queued);

        assertIllegal();
    }

    @Test
    void findsAFirstStatusThatIsNone() {
        t.queued();
        take(t.staging("a"));

        assertIllegal();
    }

    @Test
    void findsATransitionThatDoesNotExist() {
        take(t.queued(), t.running());

        assertIllegal();
    }

    @Test
    void findsAnAttemptThatFollowsNoEnd() {
        take(
                t.queued(),
                t.next(TaskState.TASK_STAGING).setAgentId("a").setAttempt(2).build());

        assertIllegal();
    }

    @Test
    void findsWhatComesAfterTheEnd() {
        take(t.queued(), t.staging("a"), t.finished(), t.queuedAgain());

        assertIllegal();
    }

    @Test
    void findsAnEndThatDoesNotSaySo() {
        take(t.queued(), t.staging("a"));
        take(t.next(TaskState.TASK_FAILED).setAttemptEnded(false).build());

        assertIllegal();
    }

    @Test
    void findsATaskThatNobodySubmitted() {
        take(new StatusesOfTask("other").queued());

        assertIllegal();
    }

    @Test
    void findsARefusalOfWhatWasRight() {
        take(t.next(TaskState.TASK_ERROR)
                .setSequence(0)
                .setReason(Reason.REASON_TASK_INVALID)
                .build());

        assertIllegal();
    }

    @Test
    void allowsThatARequestSentTwiceIsRefusedOnce() {
        TaskStatus refusal = t.next(TaskState.TASK_ERROR)
                .setSequence(0)
                .setReason(Reason.REASON_DUPLICATE_TASK_ID)
                .build();
        take(new StatusesOfTask("t").queued(), refusal);

        assertThat(checker.findings()).isEmpty();
    }

    @Test
    void findsMoreOnAnAgentThanItHas() {
        take(s.queued(), t.queued(), u.queued(), s.staging("a"), t.staging("a"), u.staging("a"));

        assertThat(checker.findings()).extracting(Finding::kind).containsExactly(Kind.OVER_COMMITMENT);
    }

    @Test
    void countsWhatIsUnreachableUntilItsEnd() {
        take(s.queued(), t.queued(), u.queued(), s.staging("a"), t.staging("a"));
        take(s.next(TaskState.TASK_UNREACHABLE).build(), u.staging("a"));

        assertThat(checker.findings()).extracting(Finding::kind).containsExactly(Kind.OVER_COMMITMENT);
    }

    @Test
    void givesRoomBackAtAnEnd() {
        take(s.queued(), t.queued(), u.queued(), s.staging("a"), t.staging("a"), s.finished(), u.staging("a"));

        assertThat(checker.findings()).isEmpty();
    }

    @Test
    void findsAnAgentThatDoesNotExist() {
        take(t.queued(), t.staging("b"));

        assertThat(checker.findings()).extracting(Finding::kind).containsExactly(Kind.OVER_COMMITMENT);
    }

    private void take(TaskStatus... statuses) {
        List.of(statuses).forEach(checker::take);
    }

    private void assertIllegal() {
        assertThat(checker.findings()).extracting(Finding::kind).containsExactly(Kind.ILLEGAL_SEQUENCE);
    }
}
