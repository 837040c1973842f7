package dev.millrace.agent.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttemptIdTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "job-k3f9/count/0", "..", ".", "/", "../../etc", "A.b_c-D/9", "-rf"})
    void comesBackFromItsFileName(String taskId) {
        AttemptId id = new AttemptId(taskId, 12);

        assertThat(id.fileName()).doesNotContain("/").isNotIn(".", "..").hasSizeLessThan(256);
        assertThat(AttemptId.ofFileName(id.fileName())).contains(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a+b", "a@1", "a b", "ä", "a\nb", "a\0b"})
    void refusesWhatIsNoTaskId(String taskId) {
        assertThatThrownBy(() -> new AttemptId(taskId, 1)).hasMessageContaining("not a task id");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "@1", "a", "a@", "a@0", "a@-1", "a@01", "a@x", "a/b@1", "lost+found"})
    void takesNoOtherFileForAnAttempts(String name) {
        assertThat(AttemptId.ofFileName(name)).isEmpty();
    }

    @Test
    void takesTheLongestTaskId() {
        assertThat(new AttemptId("x".repeat(200), Integer.MAX_VALUE).fileName()).hasSizeLessThan(255);
    }
}
