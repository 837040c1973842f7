package dev.millrace.cli.run;

import static dev.millrace.cli.run.Statuses.refusal;
import static dev.millrace.cli.run.Statuses.request;
import static dev.millrace.cli.run.Statuses.status;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskBookTest {
    private final TaskBook book = new TaskBook(List.of(request("j/a/0", "s"), request("j/a/1", "s")));

    @Test
    void isOverWhenEachTaskHasEnded() {
        book.take(status("j/a/0", 1, TaskState.TASK_QUEUED).build());
        book.take(status("j/a/0", 2, TaskState.TASK_FINISHED).build());
        boolean overAfterOne = book.allOver();
        book.take(status("j/a/1", 1, TaskState.TASK_ERROR).build());

        assertThat(overAfterOne).isFalse();
        assertThat(book.allOver()).isTrue();
        assertThat(book.count(TaskState.TASK_FINISHED)).isEqualTo(1);
        assertThat(book.count(TaskState.TASK_QUEUED)).isZero();
    }

    @Test
    void isNotOverWhenAnAttemptHasEndedThatIsFollowedByAnother() {
        var book = new TaskBook(List.of(request("j/a/0", "s")));

        book.take(status("j/a/0", 1, TaskState.TASK_FAILED).setTaskEnded(false).build());

        assertThat(book.allOver()).isFalse();
        assertThat(book.stillOpen()).containsExactly("j/a/0");
    }

    @Test
    void takesNoNoticeOfOthersAndOfWhatCameBefore() {
        assertThat(book.take(status("other", 1, TaskState.TASK_QUEUED).build())).isFalse();
        assertThat(book.take(status("j/a/0", 1, TaskState.TASK_QUEUED)
                        .setSubmissionId("earlier")
                        .build()))
                .isFalse();
        assertThat(book.take(status("j/a/0", 2, TaskState.TASK_RUNNING).build()))
                .isTrue();
        assertThat(book.take(status("j/a/0", 2, TaskState.TASK_RUNNING).build()))
                .isFalse();
        assertThat(book.take(status("j/a/0", 1, TaskState.TASK_QUEUED).build())).isFalse();
        assertThat(book.countUnheard()).isEqualTo(1);
    }

    @Test
    void countsARefusedTaskAsOverWithoutAStatusOfItsOwn() {
        book.take(refusal("j/a/0", "s"));
        book.take(refusal("j/a/1", "another submission"));

        assertThat(book.stillOpen()).containsExactly("j/a/1");
        assertThat(book.lastStatuses()).extracting(s -> s.getSequence()).containsExactly(0L);
    }

    @Test
    void aRefusalOfARepeatedRequestDoesNotEndTheTask() {
        book.take(status("j/a/0", 1, TaskState.TASK_QUEUED).build());
        boolean news = book.take(refusal("j/a/0", "s"));
        book.take(status("j/a/0", 2, TaskState.TASK_FINISHED).build());

        assertThat(news).isFalse();
        assertThat(book.stillOpen()).containsExactly("j/a/1");
        assertThat(book.count(TaskState.TASK_FINISHED)).isEqualTo(1);
    }

    @Test
    void isSummedUpInWords() {
        book.take(status("j/a/0", 1, TaskState.TASK_FINISHED).build());
        var halfWay = Summary.progress(book, Duration.ofMillis(3_240));
        book.take(status("j/a/1", 1, TaskState.TASK_LOST).build());

        assertThat(halfWay).isEqualTo("1 submitted, 1 finished (2 tasks, 3.2s)");
        assertThat(Summary.of(book, Duration.ofMinutes(2))).isEqualTo("2 tasks: 1 finished, 1 lost in 2m00s");
    }
}
