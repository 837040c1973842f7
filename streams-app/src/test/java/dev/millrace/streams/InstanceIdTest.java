package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceIdTest {
    @TempDir
    Path stateDir;

    @Test
    void isMadeUpOnceAndKept() throws IOException {
        String first = InstanceId.in(stateDir, Optional.empty());

        assertThat(first).startsWith("scheduler-");
        assertThat(InstanceId.in(stateDir, Optional.empty())).isEqualTo(first);
    }

    @Test
    void theOneThatIsGivenIsKept() throws IOException {
        InstanceId.in(stateDir, Optional.of("one"));

        assertThat(InstanceId.in(stateDir, Optional.empty())).isEqualTo("one");
        assertThat(InstanceId.in(stateDir, Optional.of("one"))).isEqualTo("one");
    }

    @Test
    void anotherThanTheOneThatIsKeptIsRefused() throws IOException {
        InstanceId.in(stateDir, Optional.of("one"));

        assertThatThrownBy(() -> InstanceId.in(stateDir, Optional.of("two")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContainingAll("'one'", "'two'", stateDir.toString());
    }
}
