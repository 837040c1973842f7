package dev.millrace.agent.process;

import dev.millrace.agent.link.ReportSink;
import dev.millrace.agent.link.TaskRunner;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs attempts as processes of this machine, which survive the runner: the next one over the same work directory finds them. Two runners must
 * not have the same work directory at the same time; who makes one has to see to that.
 */
public final class ProcessRunner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ProcessRunner.class);

    private final ConcurrentMap<AttemptId, Attempt> attempts = new ConcurrentHashMap<>();
    private final EventLoop loop = new EventLoop("millrace-supervisor");
    private final WorkDirectory work;
    private final Reporter reporter;
    private final LogShipper output;
    private final Sweeper sweeper;
    private final Supervisor supervisor;
    private final Starter starter;
    private final ExitWatcher exits;
    private final SandboxCleaner cleaner;

    /**
     * Finds what an earlier runner left, and goes on with it. When this returns, the ends that nobody saw were handed to the sink, and {@link
     * #attempts} lists the rest.
     *
     * @throws IOException if the work directory cannot be used, or the machine lacks something that agents need
     */
    public ProcessRunner(RunnerConfig config, ReportSink sink) throws IOException {
        Machine machine = Machine.detect();
        Users users = Users.detect();
        work = WorkDirectory.open(config.workDir());
        ShimLauncher launcher = new ShimLauncher(config.launcher(), config.path());
        Path root = Path.of("/");
        ShimScript script = new ShimScript(
                Programs.find("setpriv", config.path(), root).orElse(Path.of("/usr/bin/setpriv")),
                Programs.find("env", config.path(), root).orElse(Path.of("/usr/bin/env")));
        reporter = new Reporter(config, sink, loop);
        output = new LogShipper(config, sink);
        sweeper = new Sweeper(attempts.values(), machine, loop);
        supervisor = new Supervisor(attempts, machine, loop, reporter, output, sweeper);
        sweeper.serve(supervisor);
        starter = new Starter(machine, new CommandResolver(config, users), script, launcher, loop, supervisor);
        exits = new ExitWatcher(work.ends(), file -> loop.execute(() -> noticeExit(file)));
        cleaner = new SandboxCleaner(
                work,
                config.sandboxes(),
                id -> attempts.containsKey(id) || Files.exists(work.files(id).intent()));
        exits.start();
        recover(new Recovery(config.pool(), work, machine, attempts, supervisor));
        cleaner.start();
    }

    private void recover(Recovery recovery) throws IOException {
        CompletableFuture<Void> recovered = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                recovery.run();
                recovered.complete(null);
            } catch (IOException | RuntimeException e) {
                recovered.completeExceptionally(e);
            }
        });
        try {
            recovered.join();
        } catch (CompletionException e) {
            close();
            throw new IOException("cannot go on with what is in the work directory: " + e.getCause(), e.getCause());
        }
    }

    private void noticeExit(String file) {
        AttemptId.ofFileName(file).ifPresent(id -> {
            Attempt attempt = attempts.get(id);
            if (attempt != null) {
                supervisor.noticeExit(attempt);
            } else if (!Files.exists(work.files(id).intent())) {
                // A shim that came late: the attempt was over before it looked for the claim.
                try {
                    Files.deleteIfExists(work.ends().resolve(file));
                } catch (IOException e) {
                    log.warn("cannot remove the exit file of {}: {}", id, e.toString());
                }
            }
        });
    }

    /** As {@link TaskRunner#launch}; what has an executor is that executor's own process. */
    public void launch(LaunchTask launch, BooleanSupplier leaseValid) {
        AttemptId id;
        try {
            id = AttemptId.of(launch);
        } catch (IllegalArgumentException e) {
            // The scheduler refuses such a task; there is no way to report on it either.
            log.error("a launch is ignored", e);
            return;
        }
        Attempt attempt = new Attempt(id, launch, work.files(id));
        Attempt known = attempts.putIfAbsent(id, attempt);
        if (known == null) {
            loop.execute(() -> supervisor.accepted(attempt));
            starter.start(attempt, leaseValid);
        } else {
            loop.execute(() -> supervisor.launchedAgain(known, attempt));
        }
    }

    /** As {@link TaskRunner#kill}. */
    public void kill(KillTask kill) {
        loop.execute(() -> supervisor.kill(kill));
    }

    /** How many things the supervisor's thread has still to do, now or later; 0 once the runner is idle. */
    int waiting() {
        return loop.waiting();
    }

    /** How many attempts there are, ended ones among them that are not closed yet. */
    int known() {
        return attempts.size();
    }

    /** As {@link TaskRunner#attempts}. */
    public List<AgentTask> attempts() {
        return reporter.list(attempts.values());
    }

    /** As {@link TaskRunner#close}. */
    @Override
    public void close() {
        starter.close();
        try {
            exits.close();
        } catch (IOException e) {
            log.warn("cannot end the watch for exits: {}", e.toString());
        }
        cleaner.close();
        // The next runner knows nothing of attempts whose ends are acknowledged, so what they left behind is seen to
        // now.
        loop.closeAfter(sweeper::finishBurials);
        output.close();
    }
}
