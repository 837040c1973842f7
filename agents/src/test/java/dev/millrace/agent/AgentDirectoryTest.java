package dev.millrace.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentDirectoryTest {
    @TempDir
    private Path parent;

    @Test
    void drawsAnIdForANewDirectoryAndTakesTheMachinesNameForTheAgent() throws Exception {
        try (AgentDirectory a = open("a", null);
                AgentDirectory b = open("b", null)) {
            assertThat(a.identity().agentId()).isEqualTo("machine");
            assertThat(a.identity().pool()).isEqualTo("default");
            assertThat(a.identity().workDirId())
                    .hasSize(32)
                    .isNotEqualTo(b.identity().workDirId());
        }
    }

    @Test
    void keepsTheIdentityForWhoeverOpensItAgain() throws Exception {
        AgentDirectory.Identity first;
        try (AgentDirectory directory = open("a", "chosen")) {
            first = directory.identity();
        }

        try (AgentDirectory directory = open("a", null)) {
            assertThat(directory.identity()).isEqualTo(first);
            assertThat(first.agentId()).isEqualTo("chosen");
        }
    }

    @Test
    void refusesAnAgentOfAnotherIdOrPool() throws Exception {
        open("a", "first").close();

        assertThatThrownBy(() -> open("a", "second"))
                .isInstanceOf(AgentDirectory.UnusableException.class)
                .hasMessageContaining("is that of agent first in pool default, not of agent second in pool default");
        assertThatThrownBy(() -> AgentDirectory.open(parent.resolve("a"), "other", null, "machine"))
                .isInstanceOf(AgentDirectory.UnusableException.class)
                .hasMessageContaining("not of agent first in pool other");
    }

    @Test
    void refusesASecondAgentOfThisProcessAndLeavesTheFirstItsLock() throws Exception {
        try (AgentDirectory held = open("a", null)) {
            assertThatThrownBy(() -> open("a", null))
                    .isInstanceOf(AgentDirectory.UnusableException.class)
                    .hasMessageContaining("in use by another agent of this process");
            assertThatThrownBy(() -> AgentDirectory.open(
                            Files.createSymbolicLink(parent.resolve("link"), held.path()), "default", null, "machine"))
                    .hasMessageContaining("in use by another agent of this process");
            assertThat(tryLockElsewhere(held.path())).isEqualTo("held");
        }
    }

    @Test
    void refusesAnAgentWhileOneOfAnotherProcessHoldsItAndSaysWhichProcess() throws Exception {
        open("a", null).close();
        Process other = lockElsewhere(parent.resolve("a"), "wait");
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("free");

            assertThatThrownBy(() -> open("a", null))
                    .isInstanceOf(AgentDirectory.UnusableException.class)
                    .hasMessageContaining("in use by another agent (process ");
        } finally {
            other.destroyForcibly().waitFor();
        }
        open("a", null).close();
    }

    @Test
    void refusesADamagedIdentity() throws Exception {
        open("a", null).close();
        Files.writeString(parent.resolve("a/identity"), "pool=default\nagentId=\\uZZZZ\n");

        assertThatThrownBy(() -> open("a", null))
                .isInstanceOf(AgentDirectory.UnusableException.class)
                .hasMessageContaining("is damaged");

        Files.writeString(parent.resolve("a/identity"), "pool=default\nagentId=x\n");
        assertThatThrownBy(() -> open("a", null)).hasMessageContaining("is damaged");
    }

    private AgentDirectory open(String name, String agentId) throws IOException {
        return AgentDirectory.open(parent.resolve(name), "default", agentId, "machine");
    }

    private static String tryLockElsewhere(Path directory) throws Exception {
        Process process = lockElsewhere(directory, "go");
        String answer = process.inputReader().readLine();
        process.waitFor();
        return answer;
    }

    private static Process lockElsewhere(Path directory, String then) throws IOException {
        return new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Locker.class.getName(),
                        directory.resolve("lock").toString(),
                        then))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
