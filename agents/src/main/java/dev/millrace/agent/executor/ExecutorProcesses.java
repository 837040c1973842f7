package dev.millrace.agent.executor;

import dev.millrace.agent.link.ReportSink;
import dev.millrace.agent.process.AttemptId;
import dev.millrace.agent.process.EventLoop;
import dev.millrace.agent.process.ProcessRunner;
import dev.millrace.agent.process.RunnerConfig;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * The processes of executors, run as attempts are. Each bears the name of the attempt for which it was started, by which its output is that
 * attempt's. Thread-safe; the listener is called on the loop.
 */
final class ExecutorProcesses implements AutoCloseable {
    private static final CompletionStage<?> DONE = CompletableFuture.completedFuture(null);

    /** Hears what becomes of processes. */
    interface Listener {
        /** The process runs. */
        void started(AttemptId process);

        /** The process is over, or never was; {@code forgotten} is to be completed when nobody needs to hear that again. */
        void ended(AttemptId process, TaskReport end, CompletableFuture<Void> forgotten);
    }

    private final RunnerConfig config;
    private final ProcessRunner runner;

    /**
     * Finds the processes that an earlier agent left, and tells the listener of those that are over.
     *
     * @param logs where output goes
     */
    ExecutorProcesses(RunnerConfig config, ReportSink logs, EventLoop loop, Listener listener) throws IOException {
        this.config = config;
        this.runner = new ProcessRunner(config, new Findings(logs, loop, listener));
    }

    /** Those that are not over. */
    List<AttemptId> live() {
        return runner.attempts().stream().map(ExecutorProcesses::idOf).toList();
    }

    private static AttemptId idOf(AgentTask task) {
        return new AttemptId(task.getTaskId(), task.getAttempt());
    }

    void start(LaunchTask launch, BooleanSupplier leaseValid) {
        runner.launch(launch, leaseValid);
    }

    /** Sends SIGTERM to all of an executor's processes, and SIGKILL to what is left after that time. */
    void kill(AttemptId process, long gracePeriodMs, String why) {
        runner.kill(KillTask.newBuilder()
                .setPool(config.pool())
                .setAgentId(config.agentId())
                .setIncarnation(0)
                .setTaskId(process.taskId())
                .setAttempt(process.attempt())
                .setGracePeriodMs(gracePeriodMs)
                .setReason(Reason.REASON_KILL_REQUESTED)
                .setMessage(why)
                .build());
    }

    @Override
    public void close() {
        runner.close();
    }

    /** What the process runner finds: output goes on, the rest is for the listener. */
    private record Findings(ReportSink logs, EventLoop loop, Listener listener) implements ReportSink {
        @Override
        public CompletionStage<?> report(TaskReport report) {
            AttemptId process = new AttemptId(report.getTaskId(), report.getAttempt());
            if (report.getState() == TaskState.TASK_RUNNING) {
                loop.execute(() -> listener.started(process));
                return DONE;
            }
            CompletableFuture<Void> forgotten = new CompletableFuture<>();
            loop.execute(() -> listener.ended(process, report, forgotten));
            return forgotten;
        }

        @Override
        public CompletionStage<?> log(LogChunk chunk) {
            return logs.log(chunk);
        }
    }
}
