package dev.millrace.agent.process;

import dev.millrace.agent.link.ReportSink;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Draws up reports, hands them to the sink until they are acknowledged, and lists attempts for registrations. The lock makes that an attempt is
 * listed exactly as long as its end was not handed over. An attempt that ran has report 1 (it runs) and 2 (its end), one that did not has only
 * its end as report 1; so the sequence goes on after a restart of the agent without being kept.
 */
final class Reporter {
    private static final Logger log = LoggerFactory.getLogger(Reporter.class);
    private static final Duration BEFORE_RETRY = Duration.ofSeconds(1);
    private static final int MAX_MESSAGE_CHARS = 4_096;

    private final String pool;
    private final String agentId;
    private final ReportSink sink;
    private final EventLoop loop;

    /** @param loop the supervisor's thread, on which acknowledgements are taken */
    Reporter(RunnerConfig config, ReportSink sink, EventLoop loop) {
        this.pool = config.pool();
        this.agentId = config.agentId();
        this.sink = sink;
        this.loop = loop;
    }

    /** The attempts whose end was not handed over. */
    synchronized List<AgentTask> list(Collection<Attempt> attempts) {
        List<AgentTask> listed = new ArrayList<>();
        for (Attempt attempt : attempts) {
            AgentTask listing = attempt.listing;
            if (listing != null) {
                listed.add(listing);
            }
        }
        return listed;
    }

    /** Reports that an attempt runs, unless that is known to be known. */
    synchronized void running(Attempt attempt, long acknowledgedSequence) {
        attempt.reportSequence = 1;
        attempt.listing = attempt.listingAs(attempt.kill == null ? TaskState.TASK_RUNNING : TaskState.TASK_KILLING);
        if (acknowledgedSequence >= attempt.reportSequence) {
            return;
        }
        Started started = attempt.started;
        TaskReport report = report(attempt, TaskState.TASK_RUNNING, Reason.REASON_COMMAND_STARTED)
                .setMessage("runs in " + attempt.files.sandbox()
                        + (started == null
                                ? ""
                                : " as process " + started.task().pid()))
                .build();
        hand(attempt, report);
    }

    /** Notes for registrations that an attempt is being killed. */
    synchronized void killing(Attempt attempt) {
        if (attempt.listing != null) {
            attempt.listing = attempt.listingAs(TaskState.TASK_KILLING);
        }
    }

    /** Reports how an attempt ended. {@code acknowledged} runs when that is safe. */
    synchronized void ended(Attempt attempt, AttemptEnd end, Runnable acknowledged) {
        attempt.reportSequence++;
        Instant startedAt = attempt.startedAt;
        attempt.end = report(attempt, end.state(), end.reason())
                .setMessage(end.message().substring(0, Math.min(end.message().length(), MAX_MESSAGE_CHARS)))
                .setExitCode(end.exitCode())
                .setSignal(end.signal())
                .setEndedAt(startedAt == null || end.at().isAfter(startedAt) ? end.at() : startedAt)
                .setPeakMemoryBytes(attempt.peakMemoryBytes > 0 ? attempt.peakMemoryBytes : null)
                .build();
        attempt.listing = null;
        hand(attempt, attempt.end, acknowledged);
    }

    /** Hands over once more what was handed over before, without caring whether it arrives. */
    synchronized void again(TaskReport report) {
        var unused = publish(report);
    }

    private void hand(Attempt attempt, TaskReport running) {
        publish(running)
                .whenComplete((result, error) -> loop.execute(() -> {
                    if (attempt.phase != Attempt.Phase.RUNNING) {
                        return;
                    }
                    if (error == null) {
                        noteAcknowledged(attempt, running.getReportSequence());
                    } else {
                        log.warn(
                                "the report that {} runs was not published, and will be again: {}",
                                attempt,
                                error.toString());
                        loop.after(BEFORE_RETRY, () -> retryRunning(attempt, running));
                    }
                }));
    }

    private synchronized void retryRunning(Attempt attempt, TaskReport running) {
        if (attempt.phase == Attempt.Phase.RUNNING) {
            hand(attempt, running);
        }
    }

    private void hand(Attempt attempt, TaskReport end, Runnable acknowledged) {
        publish(end)
                .whenComplete((result, error) -> loop.execute(() -> {
                    if (error == null) {
                        acknowledged.run();
                    } else {
                        log.warn(
                                "the report of the end of {} was not published, and will be again: {}",
                                attempt,
                                error.toString());
                        loop.after(BEFORE_RETRY, () -> hand(attempt, end, acknowledged));
                    }
                }));
    }

    private CompletionStage<?> publish(TaskReport report) {
        try {
            return sink.report(report);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private static void noteAcknowledged(Attempt attempt, long sequence) {
        try {
            attempt.files.writeAcknowledged(sequence);
        } catch (IOException e) {
            log.warn("a restarted agent will report again that {} runs, which is harmless: {}", attempt, e.toString());
        }
    }

    private TaskReport.Builder report(Attempt attempt, TaskState state, Reason reason) {
        return TaskReport.newBuilder()
                .setPool(pool)
                .setAgentId(agentId)
                .setTaskId(attempt.id.taskId())
                .setAttempt(attempt.id.attempt())
                .setReportSequence(attempt.reportSequence)
                .setState(state)
                .setReason(reason)
                .setSource(StatusSource.SOURCE_AGENT)
                .setStartedAt(attempt.startedAt);
    }
}
