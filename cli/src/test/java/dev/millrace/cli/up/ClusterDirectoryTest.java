package dev.millrace.cli.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterDirectoryTest {
    @TempDir
    Path path;

    @Test
    void isHeldByOneAtATime() throws IOException {
        try (var held = ClusterDirectory.open(path)) {
            assertThat(held.path()).isEqualTo(path.toRealPath());
            assertThatThrownBy(() -> ClusterDirectory.open(path))
                    .isInstanceOf(LocalClusterException.class)
                    .hasMessage("a local cluster is running on " + path.toRealPath()
                            + " already; use it, stop it, or choose another --data-dir");
        }

        ClusterDirectory.open(path).close();
    }

    @Test
    void remembersHowManyAgentsWereChosenUntilItIsCleared() throws IOException {
        try (var directory = ClusterDirectory.open(path)) {
            assertThat(directory.chosenAgents()).isEmpty();

            directory.chooseAgents(5);
            directory.chooseAgents(2);

            assertThat(directory.chosenAgents()).hasValue(2);
            assertThat(directory.clear()).isEmpty();
            assertThat(directory.chosenAgents()).isEmpty();
        }
    }

    @Test
    void keepsWhatIsNotTheClustersOwnWhenItIsCleared() throws IOException {
        Files.writeString(path.resolve("notes"), "x");
        Files.createDirectories(path.resolve("broker/log"));
        Files.createDirectories(path.resolve("agents/agent-1/attempts"));
        try (var directory = ClusterDirectory.open(path)) {
            directory.clear();
        }

        assertThat(path.resolve("notes")).exists();
        assertThat(path.resolve("broker")).doesNotExist();
        assertThat(path.resolve("agents")).doesNotExist();
    }

    @Test
    void knowsNoEndpointOfAClusterWhoseProcessIsGone() throws IOException {
        var gone = new ProcessMark(
                ProcessHandle.current().pid(), 1, ProcessMark.current().bootId());
        new Endpoint("localhost:19092", "millrace.", gone).write(path);

        assertThat(Endpoint.live(path)).isEmpty();
        assertThat(Endpoint.read(path))
                .hasValueSatisfying(before -> assertThat(before.port()).isEqualTo(19092));
    }
}
