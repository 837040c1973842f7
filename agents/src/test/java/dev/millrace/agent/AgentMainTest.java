package dev.millrace.agent;

import static dev.millrace.agent.ScriptedScheduler.awaiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.local.TestBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentMainTest {
    @TempDir
    private Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void saysGoodbyeAndExitsWith0WhenItIsToldToStop() throws Exception {
        try (ScriptedScheduler scheduler = new ScriptedScheduler("main")) {
            Process agent = start(
                    "--bootstrap-server", TestBroker.bootstrapServers(),
                    "--prefix", scheduler.cluster().topics().prefix(),
                    "--agent-id", "a",
                    "--resources", "cpus=1.5,memory=1GiB",
                    "--attribute", "rack=r1");
            AgentRegistered registered = scheduler.registrationAfter("a", 0);
            assertThat(registered.getResources().getCpuMillis()).isEqualTo(1_500);
            scheduler.accept(registered);
            scheduler.await(AgentHeartbeat.class, h -> true);

            agent.destroy();

            assertThat(exitCode(agent)).isZero();
            scheduler.await(AgentLeaving.class, l -> l.getIncarnation() == registered.getIncarnation());
        }
    }

    @Test
    void exitsWith3AndTheReasonWhenItIsFenced() throws Exception {
        try (ScriptedScheduler scheduler = new ScriptedScheduler("main")) {
            Process agent = start(
                    "--bootstrap-server", TestBroker.bootstrapServers(),
                    "--prefix", scheduler.cluster().topics().prefix(),
                    "--agent-id", "a");

            scheduler.fence(scheduler.registrationAfter("a", 0), "another a lives on box7");

            assertThat(exitCode(agent)).isEqualTo(AgentMain.EXIT_FENCED);
            assertThat(errors()).contains("another a lives on box7");
        }
    }

    @Test
    void exitsWith2AndOneLineWhenAnotherAgentHoldsItsWorkDirectory() throws Exception {
        try (AgentDirectory held = AgentDirectory.open(workDir(), "default", null, "first")) {
            Process agent = start("--bootstrap-server", "localhost:1");

            assertThat(exitCode(agent)).isEqualTo(AgentMain.EXIT_USAGE);
            assertThat(errors())
                    .contains("work directory " + held.path() + " is in use by another agent (process "
                            + ProcessHandle.current().pid() + ")")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void exitsWith2WhenItsOptionsAreWrong() throws Exception {
        Process agent = start("--resources", "cpus=many");

        assertThat(exitCode(agent)).isEqualTo(AgentMain.EXIT_USAGE);
        assertThat(errors()).contains("'cpus=many': 'many' is not a number").doesNotContain("Exception");
    }

    private Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                AgentMain.class.getName(),
                "--work-dir",
                workDir().toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("stderr").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        processes.add(process);
        return process;
    }

    private Path workDir() {
        return directory.resolve("work");
    }

    private static int exitCode(Process process) {
        awaiting().until(() -> process.waitFor(10, TimeUnit.MILLISECONDS));
        return process.exitValue();
    }

    private String errors() throws IOException {
        return Files.readString(directory.resolve("stderr"), StandardCharsets.UTF_8);
    }
}
