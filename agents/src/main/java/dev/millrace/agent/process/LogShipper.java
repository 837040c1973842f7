package dev.millrace.agent.process;

import dev.millrace.agent.link.ReportSink;
import dev.millrace.contract.LogStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what tasks write. It looks at the sizes of the files that live tasks write to, ten to twenty times a second and never for more than
 * a twentieth of a processor, which unlike change notifications costs the same however much a task writes. The methods may be called from any
 * thread; the work is done in one of its own.
 */
final class LogShipper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LogShipper.class);
    private static final Duration BUSY_PERIOD = Duration.ofMillis(40);
    private static final Duration QUIET_PERIOD = Duration.ofMillis(90);
    private static final long SAVE_PERIOD_NS = Duration.ofSeconds(1).toNanos();

    private final RunnerConfig config;
    private final ReportSink sink;
    private final EventLoop loop = new EventLoop("millrace-output");
    private final OutputTail.Budget budget = new OutputTail.Budget();
    /** Owned by the loop's thread, as are the streams and what follows. */
    private final Map<AttemptId, Followed> followed = new HashMap<>();

    private final Pace pace = new Pace();
    private boolean sweeping;

    LogShipper(RunnerConfig config, ReportSink sink) {
        this.config = config;
        this.sink = sink;
    }

    /** What is published of one attempt. */
    private static final class Followed {
        final AttemptFiles files;
        final OutputTail stdout;
        final OutputTail stderr;
        long savedStdout;
        long savedStderr;
        long savedNs = System.nanoTime();

        Followed(AttemptFiles files, OutputTail stdout, OutputTail stderr) {
            this.files = files;
            this.stdout = stdout;
            this.stderr = stderr;
            this.savedStdout = stdout.acknowledged();
            this.savedStderr = stderr.acknowledged();
        }
    }

    /** Begins to publish what an attempt writes, from where it was noted to be acknowledged. */
    void follow(AttemptId id, AttemptFiles files) {
        loop.execute(() -> {
            long[] from = files.readPublished();
            OutputTail.Settings settings =
                    new OutputTail.Settings(config.pool(), config.agentId(), id, config.publishedBytes());
            OutputTail stdout = new OutputTail(settings, LogStream.STDOUT, files.stdout(), from[0], sink, loop, budget);
            OutputTail stderr = new OutputTail(settings, LogStream.STDERR, files.stderr(), from[1], sink, loop, budget);
            followed.put(id, new Followed(files, stdout, stderr));
            if (!sweeping) {
                sweeping = true;
                loop.after(BUSY_PERIOD, this::sweep);
            }
        });
    }

    /** Publishes what an attempt has written, which is all; {@code done} runs when that is acknowledged, in this object's thread. */
    void finish(AttemptId id, Runnable done) {
        loop.execute(() -> {
            Followed attempt = followed.get(id);
            if (attempt == null) {
                done.run();
                return;
            }
            Runnable whenBoth = () -> {
                if (attempt.stdout.isDone() && attempt.stderr.isDone() && followed.remove(id) != null) {
                    done.run();
                }
            };
            attempt.stdout.finish(whenBoth);
            attempt.stderr.finish(whenBoth);
        });
    }

    private void sweep() {
        if (followed.isEmpty()) {
            sweeping = false;
            return;
        }
        pace.begin();
        boolean busy = false;
        for (Followed attempt : List.copyOf(followed.values())) {
            busy |= attempt.stdout.pump();
            busy |= attempt.stderr.pump();
            save(attempt, false);
        }
        loop.after(pace.rest(busy ? BUSY_PERIOD : QUIET_PERIOD), this::sweep);
    }

    private static void save(Followed attempt, boolean now) {
        long stdout = attempt.stdout.acknowledged();
        long stderr = attempt.stderr.acknowledged();
        boolean changed = stdout != attempt.savedStdout || stderr != attempt.savedStderr;
        if (!changed || (!now && System.nanoTime() - attempt.savedNs < SAVE_PERIOD_NS)) {
            return;
        }
        try {
            attempt.files.writePublished(stdout, stderr);
        } catch (IOException e) {
            log.warn("a restarted agent will publish some output again, which is harmless: {}", e.toString());
        }
        attempt.savedStdout = stdout;
        attempt.savedStderr = stderr;
        attempt.savedNs = System.nanoTime();
    }

    /** Stops, and notes what was acknowledged. */
    @Override
    public void close() {
        loop.close();
        for (Iterator<Followed> left = followed.values().iterator(); left.hasNext(); ) {
            save(left.next(), true);
        }
    }
}
