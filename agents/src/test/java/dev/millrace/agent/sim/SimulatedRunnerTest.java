package dev.millrace.agent.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Validator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class SimulatedRunnerTest {
    private final List<TaskReport> reports = new ArrayList<>();
    private final List<LogChunk> chunks = new ArrayList<>();
    private final List<ExecutorEnded> executorEnds = new ArrayList<>();
    private CompletionStage<?> answer = CompletableFuture.completedStage(null);

    @Test
    void reportsARunAndItsEndOnceItsTimeIsOver() {
        Duration runTime = Duration.ofMinutes(30);
        SimulatedRunner runner = runner("30m", 0);

        runner.launch(launch("t", null), () -> true);
        long begunNs = System.nanoTime();
        assertThat(runner.tick(begunNs)).isBetween(1L, runTime.toNanos());
        assertThat(runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("t");
        assertThat(states()).containsExactly(TaskState.TASK_RUNNING);
        runner.tick(begunNs + runTime.toNanos());

        assertThat(states()).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
        assertThat(reports).extracting(TaskReport::getReportSequence).containsExactly(1L, 2L);
        assertThat(reports)
                .allSatisfy(report -> assertThat(Validator.faults(report)).isEmpty());
        assertThat(runner.attempts()).isEmpty();
    }

    @Test
    void listsTheGivenPortsAndDevicesOfWhatRuns() {
        SimulatedRunner runner = runner("1h", 0);

        runner.launch(
                LaunchTask.newBuilder(launch("t", null))
                        .setPorts(List.of(31_000, 31_001))
                        .setGpuDevices(List.of(0, 2))
                        .build(),
                () -> true);

        assertThat(runner.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.getResources().getPorts()).containsExactly(new PortRange(31_000, 31_001));
            assertThat(attempt.getGpuDevices()).containsExactly(0, 2);
        });
    }

    @Test
    void letsATaskSayHowLongItRuns() {
        SimulatedRunner runner = runner("1h", 0);

        runner.launch(launch("quick", "5"), () -> true);
        runner.launch(launch("quaint", "five"), () -> true);
        runner.tick(System.nanoTime() + Duration.ofMillis(5).toNanos());

        assertThat(runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("quaint");
    }

    @Test
    void failsAsOftenAsItIsTold() {
        SimulatedRunner runner = runner("0ms", 1);

        runner.launch(launch("t", null), () -> true);
        runner.tick(System.nanoTime());

        assertThat(reports.get(1).getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(reports.get(1).getExitCode()).isEqualTo(1);
    }

    @Test
    void startsNothingWithoutALease() {
        SimulatedRunner runner = runner("0ms", 0);

        runner.launch(launch("t", null), () -> false);

        assertThat(states()).containsExactly(TaskState.TASK_DROPPED);
        assertThat(reports.get(0).getReason()).isEqualTo(Reason.REASON_LEASE_EXPIRED);
        assertThat(runner.attempts()).isEmpty();
    }

    @Test
    void ignoresALaunchOfWhatItRuns() {
        SimulatedRunner runner = runner("1h", 0);

        runner.launch(launch("t", null), () -> true);
        runner.launch(launch("t", null), () -> true);

        assertThat(states()).containsExactly(TaskState.TASK_RUNNING);
    }

    @Test
    void endsAKilledTaskOnceAndIgnoresKillsOfWhatItDoesNotRun() {
        SimulatedRunner runner = runner("1h", 0);
        runner.launch(launch("t", null), () -> true);

        runner.kill(kill("t"));
        runner.kill(kill("t"));
        runner.tick(System.nanoTime() + Duration.ofHours(2).toNanos());

        assertThat(states()).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_KILLED);
    }

    @Test
    void handsAReportThatWasRefusedOverAgain() {
        SimulatedRunner runner = runner("1h", 0);
        answer = CompletableFuture.failedStage(new IllegalStateException("no"));
        runner.launch(launch("t", null), () -> true);
        answer = CompletableFuture.completedStage(null);

        runner.tick(System.nanoTime());

        assertThat(states()).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_RUNNING);
    }

    @Test
    void endsTheLogsOfWhatRanIfItIsToldTo() {
        SimulatedRunner runner = runner("0ms", 0, true);
        runner.launch(launch("dropped", null), () -> false);
        runner.launch(launch("killed", null), () -> true);
        runner.kill(kill("killed"));
        runner.launch(launch("finished", null), () -> true);

        runner.tick(System.nanoTime());

        assertThat(chunks)
                .extracting(chunk -> chunk.getTaskId() + " " + chunk.getStream())
                .containsExactly("killed STDOUT", "killed STDERR", "finished STDOUT", "finished STDERR");
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(chunk.getLast()).isTrue();
            assertThat(chunk.getPosition()).isZero();
            assertThat(chunk.getData().remaining()).isZero();
            assertThat(Validator.faults(chunk)).isEmpty();
        });
    }

    @Test
    void hasNoLogsIfItIsNotToldTo() {
        SimulatedRunner runner = runner("0ms", 0);
        runner.launch(launch("t", null), () -> true);

        runner.tick(System.nanoTime());

        assertThat(states()).hasSize(2);
        assertThat(chunks).isEmpty();
    }

    @Test
    void handsTheEndOfALogThatWasRefusedOverAgain() {
        SimulatedRunner runner = runner("0ms", 0, true);
        runner.launch(launch("t", null), () -> true);
        answer = CompletableFuture.failedStage(new IllegalStateException("no"));
        runner.tick(System.nanoTime());
        answer = CompletableFuture.completedStage(null);

        runner.tick(System.nanoTime());

        assertThat(chunks)
                .extracting(LogChunk::getStream)
                .containsExactly(LogStream.STDOUT, LogStream.STDERR, LogStream.STDOUT, LogStream.STDERR);
    }

    @Test
    void hasAnExecutorFromItsFirstTaskOnUntilItIsStopped() {
        SimulatedRunner runner = runner("1h", 0);

        runner.launch(launchWithExecutor("t"), () -> true);
        runner.launch(launchWithExecutor("u"), () -> true);
        runner.launch(launch("v", null), () -> true);
        runner.kill(kill("t"));

        assertThat(runner.executors())
                .extracting(AgentExecutor::getFrameworkId, AgentExecutor::getExecutorId)
                .containsExactly(tuple("f", "e"));
        assertThat(executorEnds).isEmpty();

        runner.stop(new StopExecutor("default", "a", 7L, "f", "e", ""));

        assertThat(runner.executors()).isEmpty();
        assertThat(runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("v");
        assertThat(executorEnds)
                .singleElement()
                .satisfies(ended -> assertThat(Validator.faults(ended)).isEmpty());
    }

    @Test
    void saysThatAnExecutorEndedWhichNeverBegan() {
        SimulatedRunner runner = runner("1h", 0);
        runner.launch(launchWithExecutor("t"), () -> false);

        runner.stop(new StopExecutor("default", "a", 7L, "f", "e", ""));

        assertThat(runner.executors()).isEmpty();
        assertThat(executorEnds).hasSize(1);
    }

    private static LaunchTask launchWithExecutor(String taskId) {
        LaunchTask plain = launch(taskId, null);
        ExecutorSpec executor = ExecutorSpec.newBuilder()
                .setExecutorId("e")
                .setShell("true")
                .setResources(Resources.newBuilder().setCpuMillis(10).build())
                .build();
        return LaunchTask.newBuilder(plain)
                .setFrameworkId("f")
                .setRequest(TaskRequest.newBuilder(plain.getRequest())
                        .setExecutor(executor)
                        .build())
                .build();
    }

    private SimulatedRunner runner(String runTime, double failureRate) {
        return runner(runTime, failureRate, false);
    }

    private SimulatedRunner runner(String runTime, double failureRate, boolean emptyLogs) {
        ExecutorSink sink = new ExecutorSink() {
            @Override
            public CompletionStage<?> report(TaskReport report) {
                reports.add(report);
                return answer;
            }

            @Override
            public CompletionStage<?> log(LogChunk chunk) {
                chunks.add(chunk);
                return answer;
            }

            @Override
            public CompletionStage<?> ended(ExecutorEnded ended) {
                executorEnds.add(ended);
                return answer;
            }

            @Override
            public CompletionStage<?> message(MessageFromExecutor message) {
                throw new UnsupportedOperationException("nobody sends one");
            }
        };
        SimulatedTasks tasks = new SimulatedTasks(RunTime.parse(runTime), failureRate, emptyLogs);
        return new SimulatedRunner("default", "a", tasks, new SplittableRandom(1), sink);
    }

    private List<TaskState> states() {
        return reports.stream().map(TaskReport::getState).toList();
    }

    private static LaunchTask launch(String taskId, String runMs) {
        TaskRequest request = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setShell("true")
                .setResources(Resources.newBuilder().setCpuMillis(100).build())
                .setLabels(runMs == null ? List.of() : List.of(new KeyValue(SimulatedRunner.RUN_MS_LABEL, runMs)))
                .build();
        return new LaunchTask("a", 7L, 1, List.of(), List.of(), Instant.EPOCH, request, "");
    }

    private static KillTask kill(String taskId) {
        return KillTask.newBuilder()
                .setPool("default")
                .setAgentId("a")
                .setIncarnation(7)
                .setTaskId(taskId)
                .setAttempt(1)
                .build();
    }
}
