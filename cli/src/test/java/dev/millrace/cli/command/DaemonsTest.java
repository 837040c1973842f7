package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.local.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of processes, set up by hand: topics, scheduler, agents. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DaemonsTest {
    private final String prefix = TestBroker.newPrefix("daemons");
    private final List<MillraceProcess> processes = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void killWhatIsLeft() {
        processes.forEach(MillraceProcess::close);
    }

    @Test
    void runTasksAndStopWhenTheyAreTold() throws IOException {
        assertThat(type("topics", "create", "--partitions=2").exitCode()).isZero();
        var scheduler = start("scheduler", "--state-dir=" + directory.resolve("scheduler"), "--session-timeout=60s");
        var agent = agent("a", "--agent-id=box", "--resources=cpus=1,memory=512MiB,disk=1GiB", "--attribute=rack=r1");
        agent.awaitSaid("Agent box is registered in pool default");

        var run = type("run", "--logs", "--quiet", "--constraint=rack == r1", "--", "echo hello");

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo("hello\n");

        var second = agent("b", "--agent-id=box");

        assertThat(second.awaitExit()).isEqualTo(3);
        assertThat(second.said()).contains("millrace agent: ").contains("box").contains("alive");

        var third = agent("a");

        assertThat(third.awaitExit()).isEqualTo(ExitCode.USAGE);
        assertThat(third.said())
                .contains("is in use by another agent (process ")
                .doesNotContain("Exception");

        var simulated = start("sim-agents", "5", "--run-time=10ms");
        simulated.awaitSaid("5 of 5 agents active");

        assertThat(type("run", "--instances=50", "--quiet", "--", "true").exitCode())
                .isZero();

        assertThat(simulated.stop()).isZero();
        assertThat(agent.stop()).isZero();
        assertThat(scheduler.stop()).isZero();
        assertThat(scheduler.said()).doesNotContain("ERROR").doesNotContain("Exception");
    }

    private MillraceProcess agent(String workDir, String... options) throws IOException {
        var arguments = Stream.concat(
                Stream.of("agent", "--work-dir=" + Files.createDirectories(directory.resolve(workDir))),
                Stream.of(options));
        return start(arguments.toArray(String[]::new));
    }

    private MillraceProcess start(String... arguments) throws IOException {
        var process = MillraceProcess.start(directory, toThisCluster(arguments));
        processes.add(process);
        return process;
    }

    private Cli type(String... arguments) {
        return Cli.type(toThisCluster(arguments));
    }

    private String[] toThisCluster(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(
                all.contains("--") ? all.indexOf("--") : all.size(),
                List.of("--bootstrap-server=" + TestBroker.bootstrapServers(), "--prefix=" + prefix));
        return all.toArray(String[]::new);
    }
}
