package dev.millrace.agent.process;

import dev.millrace.contract.Reason;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes an attempt's files and forks its shim. Several at a time, since most of the time is spent waiting for the disk to have the intent. */
final class Starter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Starter.class);
    private static final int THREADS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Dropped attempts are placed again at once, so an agent that cannot start anything must not drop them as fast as it can. */
    private static final Duration BEFORE_DROP = Duration.ofSeconds(1);

    private final Machine machine;
    private final CommandResolver resolver;
    private final ShimScript script;
    private final ShimLauncher launcher;
    private final EventLoop loop;
    private final Supervisor supervisor;
    private final ThreadPoolExecutor threads;

    Starter(
            Machine machine,
            CommandResolver resolver,
            ShimScript script,
            ShimLauncher launcher,
            EventLoop loop,
            Supervisor supervisor) {
        this.machine = machine;
        this.resolver = resolver;
        this.script = script;
        this.launcher = launcher;
        this.loop = loop;
        this.supervisor = supervisor;
        AtomicInteger number = new AtomicInteger();
        this.threads =
                new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "millrace-starter-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Starts an attempt soon; the supervisor is told what came of it. */
    void start(Attempt attempt, BooleanSupplier leaseValid) {
        try {
            threads.execute(() -> startNow(attempt, leaseValid));
        } catch (RejectedExecutionException e) {
            log.info("{} is not started, since the runner is closed; nothing of it is left behind", attempt);
        }
    }

    private void startNow(Attempt attempt, BooleanSupplier leaseValid) {
        try {
            attempt.files.create();
        } catch (FileAlreadyExistsException e) {
            loop.execute(() -> supervisor.nameIsTaken(attempt));
            return;
        } catch (IOException e) {
            drop(attempt, e);
            return;
        }
        try {
            CommandResolver.Resolution resolution = resolver.resolve(attempt.launch, attempt.files.sandbox());
            if (resolution instanceof CommandResolver.Impossible impossible) {
                notStarted(attempt, AttemptEnd.impossible(impossible.why()));
            } else if (resolution instanceof CommandResolver.Ready ready) {
                fork(attempt, ready.command(), leaseValid);
            }
        } catch (IOException | RuntimeException e) {
            drop(attempt, e);
        }
    }

    private void fork(Attempt attempt, TaskCommand command, BooleanSupplier leaseValid) throws IOException {
        UserIds user = command.user();
        if (user != null) {
            Files.setAttribute(attempt.files.sandbox(), "unix:uid", user.uid());
            Files.setAttribute(attempt.files.sandbox(), "unix:gid", user.gid());
        }
        attempt.files.prepare(script.text(attempt.id, command));
        new Intent(machine.bootId(), attempt.launch).write(attempt.files.intent());
        // Before it is asked whether there is to be one: who cancels later must reckon with it.
        attempt.shimPossible = true;
        attempt.prepared = true;
        AttemptEnd cancelled = attempt.cancelled;
        if (cancelled != null) {
            attempt.shimPossible = false;
            notStarted(attempt, cancelled);
        } else if (!leaseValid.getAsBoolean()) {
            attempt.shimPossible = false;
            notStarted(
                    attempt,
                    AttemptEnd.dropped(
                            Reason.REASON_LEASE_EXPIRED,
                            "the agent's lease had expired before the task could be started"));
        } else {
            Process shim = startShim(attempt);
            loop.execute(() -> supervisor.forked(attempt, shim));
        }
    }

    private Process startShim(Attempt attempt) throws IOException {
        try {
            return launcher.start(attempt.files);
        } catch (IOException e) {
            attempt.shimPossible = false;
            throw e;
        }
    }

    private void notStarted(Attempt attempt, AttemptEnd end) {
        loop.execute(() -> supervisor.notStarted(attempt, end));
    }

    private void drop(Attempt attempt, Exception cause) {
        String why = cause instanceof FileSystemException file && file.getReason() != null
                ? file.getFile() + ": " + file.getReason()
                : cause.toString();
        log.warn("{} could not be started", attempt, cause);
        AttemptEnd end =
                AttemptEnd.dropped(Reason.REASON_CONTAINER_LAUNCH_FAILED, "the agent could not start the task: " + why);
        loop.after(BEFORE_DROP, () -> supervisor.notStarted(attempt, end));
    }

    /** Starts nothing more, and waits for what is under way. */
    @Override
    public void close() {
        // No interrupts: they would break off what is half done.
        threads.shutdown();
        threads.getQueue().clear();
        try {
            if (!threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("the disk holds up the start of tasks; it is not waited for any longer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
