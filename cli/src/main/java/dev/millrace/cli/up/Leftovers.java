package dev.millrace.cli.up;

import dev.millrace.agent.executor.MachineRunner;
import dev.millrace.agent.link.ReportSink;
import dev.millrace.agent.process.ProcessRunner;
import dev.millrace.agent.process.RunnerConfig;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** The tasks and executors that an agent left when it was stopped, seen without a scheduler. */
final class Leftovers {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final CompletionStage<?> DONE = CompletableFuture.completedFuture(null);

    private Leftovers() {}

    /**
     * Kills what runs in the work directory of an agent that does not, and waits until it is gone.
     *
     * @param workDir is named after the agent
     *
     * @return how many tasks and executors there were
     * @throws LocalClusterException if some of them can't be ended
     */
    static int end(Path workDir, String pool) throws IOException, InterruptedException {
        if (!Files.isDirectory(workDir)) {
            return 0;
        }
        int ended = 0;
        for (Path processes : MachineRunner.directoriesOfProcesses(workDir)) {
            ended += end(processes, pool, workDir.getFileName().toString());
        }
        return ended;
    }

    private static int end(Path processes, String pool, String agentId) throws IOException, InterruptedException {
        try (var runner = new ProcessRunner(RunnerConfig.of(processes, pool, agentId), new Nobody(DONE))) {
            var attempts = runner.attempts();
            for (var attempt : attempts) {
                runner.kill(KillTask.newBuilder()
                        .setPool(pool)
                        .setAgentId(agentId)
                        .setIncarnation(0)
                        .setTaskId(attempt.getTaskId())
                        .setAttempt(attempt.getAttempt())
                        .setGracePeriodMs(0L)
                        .setReason(Reason.REASON_KILL_REQUESTED)
                        .setMessage("the cluster's data is removed")
                        .build());
            }
            long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
            while (!runner.attempts().isEmpty()) {
                if (System.nanoTime() > deadlineNs) {
                    throw new LocalClusterException(runner.attempts().size() + " tasks of " + processes
                            + " could not be ended; kill their processes, then try again");
                }
                Thread.sleep(LOOK_EVERY.toMillis());
            }
            return attempts.size();
        }
    }

    /** How many tasks and executors an agent that does not run still has: those that run, and those of whose end it has not told the scheduler. */
    static int count(Path workDir, String pool) throws IOException {
        if (!Files.isDirectory(workDir)) {
            return 0;
        }
        int there = 0;
        for (Path processes : MachineRunner.directoriesOfProcesses(workDir)) {
            there += count(processes, pool, workDir.getFileName().toString());
        }
        return there;
    }

    private static int count(Path processes, String pool, String agentId) throws IOException {
        // What is never acknowledged is kept for the agent to say when it is back.
        var listener = new Nobody(new CompletableFuture<>());
        try (var runner = new ProcessRunner(RunnerConfig.of(processes, pool, agentId), listener)) {
            return runner.attempts().size() + listener.ends.get();
        }
    }

    /** Takes reports for a scheduler that will not hear of them. */
    private static final class Nobody implements ReportSink {
        private final CompletionStage<?> acknowledgement;
        private final AtomicInteger ends = new AtomicInteger();

        Nobody(CompletionStage<?> acknowledgement) {
            this.acknowledgement = acknowledgement;
        }

        @Override
        public CompletionStage<?> report(TaskReport report) {
            if (report.getEndedAt() != null) {
                ends.incrementAndGet();
            }
            return acknowledgement;
        }

        @Override
        public CompletionStage<?> log(LogChunk chunk) {
            return acknowledgement;
        }
    }
}
