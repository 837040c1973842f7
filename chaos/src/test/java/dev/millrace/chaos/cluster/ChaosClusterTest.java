package dev.millrace.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChaosClusterTest {
    @TempDir
    private Path directory;

    @Test
    void oneThatCannotBePreparedLeavesNothingMounted() throws IOException {
        // The broker's disk is mounted by then.
        Files.createDirectories(directory.resolve("scheduler-1.properties"));

        assertThatThrownBy(() -> new ChaosCluster(directory, ClusterLayout.usual()))
                .isInstanceOf(IOException.class);

        assertThat(directory.resolve("started")).content().contains("mount " + directory.resolve("broker-1"));
        assertThat(Path.of("/proc/self/mountinfo")).content().doesNotContain(directory.toString());
    }
}
