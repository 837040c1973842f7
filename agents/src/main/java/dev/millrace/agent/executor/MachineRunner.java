package dev.millrace.agent.executor;

import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.agent.link.TaskRunner;
import dev.millrace.agent.process.AttemptId;
import dev.millrace.agent.process.EventLoop;
import dev.millrace.agent.process.ProcessRunner;
import dev.millrace.agent.process.RunnerConfig;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StopExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs on this machine what the scheduler places there: attempts as processes of their own, and those that have an executor in that. Both survive
 * the runner, and the next one over the same work directory finds them. Two runners must not have the same work directory at the same time.
 *
 * <p>Thread-safe.
 */
public final class MachineRunner implements TaskRunner {
    private static final Logger log = LoggerFactory.getLogger(MachineRunner.class);

    private final EventLoop loop = new EventLoop("millrace-executors");
    private final ProcessRunner tasks;
    private final TaskLedger ledger;
    private final ExecutorLaunches launches;
    private final ExecutorSockets sockets;
    private final ExecutorSupervisor supervisor;
    private final ExecutorProcesses processes;

    /**
     * Finds what an earlier runner left, and goes on with it. When this returns, the ends that nobody saw were handed to the sink, and {@link
     * #attempts} and {@link #executors} list the rest.
     *
     * @throws IOException if the work directory cannot be used, or the machine lacks something that agents need
     */
    public MachineRunner(RunnerConfig config, AgentProfile profile, ExecutorSink sink) throws IOException {
        tasks = new ProcessRunner(config, sink);
        try {
            ExecutorFiles files = ExecutorFiles.open(config.workDir());
            ledger = new TaskLedger(profile.pool(), profile.agentId(), sink, loop);
            launches = new ExecutorLaunches(profile.pool(), profile.agentId(), files);
            sockets = new ExecutorSockets();
            supervisor = new ExecutorSupervisor(files, ledger, launches, sockets, loop);
            onLoop(() -> restore(files));
            processes = new ExecutorProcesses(config.withWorkDir(files.root()), sink, loop, supervisor);
            onLoop(() -> supervisor.resume(processes));
            sockets.start(new Conversation(supervisor, ledger, profile, sink, loop));
        } catch (IOException | RuntimeException e) {
            loop.close();
            tasks.close();
            throw e;
        }
    }

    /** The directories under an agent's in each of which a {@link ProcessRunner} has processes: those of tasks, then those of executors. */
    public static List<Path> directoriesOfProcesses(Path workDir) {
        return List.of(workDir, ExecutorFiles.rootIn(workDir));
    }

    private void restore(ExecutorFiles files) throws IOException {
        ExecutorRecovery.read(files).forEach(supervisor::restore);
    }

    /** Something that the loop's thread does, and that may fail. */
    private interface Step {
        void run() throws IOException;
    }

    private void onLoop(Step step) throws IOException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.join();
        } catch (CompletionException e) {
            throw new IOException("cannot go on with the executors in the work directory: " + e.getCause(), e);
        }
    }

    @Override
    public void launch(LaunchTask launch, BooleanSupplier leaseValid) {
        if (launch.getRequest().getExecutor() == null) {
            tasks.launch(launch, leaseValid);
        } else {
            handOver(List.of(launch), leaseValid, null);
        }
    }

    @Override
    public void launchGroup(LaunchTaskGroup group, BooleanSupplier leaseValid) {
        boolean allHaveExecutors =
                group.getTasks().stream().allMatch(launch -> launch.getRequest().getExecutor() != null);
        if (group.getTasks().isEmpty() || !allHaveExecutors) {
            log.error(
                    "a launch of {} tasks that lack an executor is ignored",
                    group.getTasks().size());
        } else {
            handOver(group.getTasks(), leaseValid, group);
        }
    }

    private void handOver(List<LaunchTask> all, BooleanSupplier leaseValid, @Nullable LaunchTaskGroup group) {
        List<HeldTask> fresh;
        try {
            LaunchTask first = all.get(0);
            fresh = ledger.add(ExecutorKey.of(first), all, () -> launches.newRun(first));
        } catch (IllegalArgumentException e) {
            // The scheduler refuses such tasks; there is no way to report on them either.
            log.error("a launch is ignored", e);
            return;
        }
        if (fresh.isEmpty()) {
            log.info("{} is known; another launch of it is ignored", AttemptId.of(all.get(0)));
            return;
        }
        TaskEnd refusal = fresh.size() == all.size()
                ? null
                : TaskEnd.dropped(Reason.REASON_CONTAINER_LAUNCH_FAILED, "another task of its group is here already");
        Handover handover = new Handover(fresh, leaseValid, group);
        loop.execute(() -> supervisor.accept(handover, refusal));
    }

    @Override
    public void kill(KillTask kill) {
        if (ledger.knows(AttemptId.of(kill))) {
            loop.execute(() -> supervisor.kill(kill));
        } else {
            tasks.kill(kill);
        }
    }

    @Override
    public void stop(StopExecutor stop) {
        loop.execute(() -> supervisor.stop(stop));
    }

    @Override
    public void message(MessageToExecutor message) {
        loop.execute(() -> supervisor.message(message));
    }

    @Override
    public List<AgentTask> attempts() {
        return Stream.concat(tasks.attempts().stream(), ledger.listTasks().stream())
                .toList();
    }

    @Override
    public List<AgentExecutor> executors() {
        return ledger.listExecutors();
    }

    @Override
    public void close() {
        sockets.close();
        processes.close();
        loop.closeAfter(supervisor::closeJournals);
        tasks.close();
    }
}
