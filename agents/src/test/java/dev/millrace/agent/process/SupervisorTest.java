package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.killOf;
import static dev.millrace.agent.process.RunnerFixture.launch;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes to a supervisor in an order that a runner brings about only now and then. */
class SupervisorTest {
    @TempDir
    private Path directory;

    private final ConcurrentMap<AttemptId, Attempt> attempts = new ConcurrentHashMap<>();
    private final EventLoop loop = new EventLoop("test");
    private final RecordingSink sink = new RecordingSink();
    private LogShipper output;
    private Supervisor supervisor;

    @BeforeEach
    void open() throws IOException {
        RunnerConfig config = RunnerConfig.of(directory, RunnerFixture.POOL, RunnerFixture.AGENT);
        Machine machine = Machine.detect();
        output = new LogShipper(config, sink);
        supervisor = new Supervisor(
                attempts,
                machine,
                loop,
                new Reporter(config, sink, loop),
                output,
                new Sweeper(attempts.values(), machine, loop));
    }

    @AfterEach
    void close() {
        loop.close();
        output.close();
    }

    @Test
    void tellsTheEndOfALaunchThatFoundAnEarlierOneOfItsNameJustBeforeThatWasClosed() throws IOException {
        WorkDirectory work = WorkDirectory.open(directory);
        LaunchTask launch = launch(argv("t", "true"));
        AttemptId id = AttemptId.of(launch);
        Attempt known = new Attempt(id, launch, work.files(id));
        attempts.put(id, known);
        AttemptEnd end = AttemptEnd.of(TaskState.TASK_FINISHED, Reason.REASON_COMMAND_EXITED, "the first");
        loop.execute(() -> supervisor.end(known, end));
        awaitThat(attempts::isEmpty);

        loop.execute(() -> supervisor.launchedAgain(known, new Attempt(id, launch, work.files(id))));
        loop.execute(() -> supervisor.kill(killOf("t", 0)));

        awaitThat(() -> sink.reports.size() == 3);
        assertThat(sink.statesOf("t"))
                .containsExactly(TaskState.TASK_FINISHED, TaskState.TASK_DROPPED, TaskState.TASK_DROPPED);
    }
}
