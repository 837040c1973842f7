package dev.millrace.chaos.cluster;

import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.local.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A broker, scheduler or agent: a program that is started again and again under one name, with all that it says in one file. Any thread may use
 * it; what is done to it is done one after the other.
 */
public final class Daemon implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final String name;
    private final JavaProcess.Program program;
    private final Path directory;
    private final ProcessLedger ledger;
    private final Duration stopLimit;
    private final List<Finding> findings = new ArrayList<>();
    private @Nullable JavaProcess process;

    /**
     * One that is not started yet.
     *
     * @param directory where it runs and logs
     */
    Daemon(String name, JavaProcess.Program program, Path directory, ProcessLedger ledger) {
        this(name, program, directory, ledger, STOP_LIMIT);
    }

    /** One that has another time to end in, for tests. */
    Daemon(String name, JavaProcess.Program program, Path directory, ProcessLedger ledger, Duration stopLimit) {
        this.stopLimit = stopLimit;
        this.name = name;
        this.program = program;
        this.directory = directory;
        this.ledger = ledger;
    }

    public String name() {
        return name;
    }

    /** Where all that it says is. */
    public Path log() {
        return directory.resolve(name + ".log");
    }

    /** Waits until it has said that; false if it ended or did not in time. */
    boolean awaitSaid(String words, Duration limit) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (!Files.readString(log()).contains(words)) {
            if (!findings().isEmpty() || System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            Patience.pause(LOOK_EVERY);
        }
        return true;
    }

    /** Starts it; it must not run. */
    public synchronized void start() throws IOException {
        if (process != null) {
            throw new IllegalStateException(name + " runs already");
        }
        JavaProcess started = JavaProcess.start(program, directory, log());
        process = started;
        ledger.started(name, started.pid());
    }

    /** SIGKILL; returns when it is gone. */
    public synchronized void kill() {
        if (process != null) {
            noteOwnEnd(process);
            process.close();
            process = null;
        }
    }

    /** SIGTERM; returns when it has ended. If it has not within a minute it is killed, and that is a finding. */
    public synchronized void stop() {
        if (process != null) {
            noteOwnEnd(process);
            process.terminate();
            boolean ended = process.ended()
                    .handle((done, failure) -> true)
                    .completeOnTimeout(false, stopLimit.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
            if (!ended) {
                findings.add(new Finding(
                        Kind.NOT_STOPPED, name + " went on for " + stopLimit + " after SIGTERM; see " + log()));
            }
            process.close();
            process = null;
        }
    }

    /** SIGSTOP. */
    public synchronized void suspend() throws IOException {
        running().signal("STOP");
    }

    /** SIGCONT. */
    public synchronized void resume() throws IOException {
        running().signal("CONT");
    }

    /** Starts it again if it ended of itself, which it may. */
    public synchronized void startIfEnded() throws IOException {
        if (process == null || !process.isAlive()) {
            process = null;
            start();
        }
    }

    /** Each time that it ended without having been asked to, or did not when it was. */
    public synchronized List<Finding> findings() {
        if (process != null && noteOwnEnd(process)) {
            process = null;
        }
        return List.copyOf(findings);
    }

    @Override
    public void close() {
        kill();
    }

    private boolean noteOwnEnd(JavaProcess ended) {
        if (ended.isAlive()) {
            return false;
        }
        findings.add(new Finding(Kind.PROCESS_ENDED, name + " ended with " + ended.exitCode() + "; see " + log()));
        return true;
    }

    private JavaProcess running() {
        if (process == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return process;
    }
}
