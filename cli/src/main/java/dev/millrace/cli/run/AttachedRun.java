package dev.millrace.cli.run;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.LiveOutput;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.client.TaskLogs;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A submission that is followed to its end. Used once, by one thread. */
public final class AttachedRun {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration OUTPUT_TIMEOUT = EndOfOutput.PATIENCE;

    private final Target target;
    private final List<TaskRequest> requests;
    private final TaskNames names;
    private final TaskBook book;
    private final LiveOutput out;
    private final View view;
    private final StatusLines lines;
    private final Interrupts interrupts;
    private final long begunNs = System.nanoTime();
    private int interruptsHeeded;
    private @Nullable Killing kills;

    /**
     * What a run is submitted to.
     *
     * @param config how to reach the cluster
     * @param failure completes with the reason if the cluster is known to have failed for good
     */
    public record Target(ClusterConfig config, CompletableFuture<String> failure) {}

    /** What a person wants to see of a run. */
    public enum Statuses {
        /** A line each. */
        LINES,
        /** A JSON object each. */
        JSON,
        /** Nothing. */
        NONE
    }

    /**
     * What is shown.
     *
     * @param statuses how statuses are
     * @param output whether the tasks' output is
     */
    public record View(Statuses statuses, boolean output) {}

    /**
     * A run of these requests, of which there is at least one, and which have one submissionId and one pool.
     */
    public AttachedRun(
            Target target,
            List<TaskRequest> requests,
            View view,
            StatusLines lines,
            LiveOutput out,
            Interrupts interrupts) {
        this.target = target;
        this.requests = requests;
        this.names = TaskNames.of(requests);
        this.book = new TaskBook(requests);
        this.view = view;
        this.lines = lines;
        this.out = out;
        this.interrupts = interrupts;
    }

    /**
     * Submits the requests, and returns when all tasks have ended and what they wrote has been shown, or when the person has interrupted twice.
     *
     * @return whether every task finished
     * @throws ClusterException if the cluster has failed for good
     */
    public boolean run() throws InterruptedException {
        var pool = requests.get(0).getPool();
        try (var client = new MillraceClient(target.config());
                var statuses = client.statuses(pool, Start.end());
                var output = view.output() ? followOutput() : null;
                var watch = new RunWatch(target.config(), requests, out::complaint)) {
            Sending.tasks(client, requests);
            follow(client, statuses, output, watch);
            if (output != null && interruptsHeeded < 2 && !output.awaitComplete(OUTPUT_TIMEOUT)) {
                out.complaint("millrace: some output had not arrived " + OUTPUT_TIMEOUT.toSeconds()
                        + " s after the tasks' end; millrace logs may show it later");
            }
        }
        out.close();
        sumUp();
        return book.count(TaskState.TASK_FINISHED) == book.size();
    }

    private OutputFollower followOutput() {
        var taskIds = requests.stream().map(TaskRequest::getTaskId).toList();
        var printer = new LinePrinter(out, taskId -> taskIds.size() == 1 ? "" : names.padded(taskId) + " | ");
        return new OutputFollower(
                new TaskLogs(target.config(), requests.get(0).getPool(), taskIds, Start.end()), printer::take);
    }

    private void follow(MillraceClient client, StatusStream statuses, @Nullable OutputFollower output, RunWatch watch) {
        while (!book.allOver() && interruptsHeeded < 2) {
            out.progress(Summary.progress(book, elapsed()));
            for (var status : statuses.poll(POLL)) {
                watch.heard();
                if (book.take(status)) {
                    show(status);
                    watch.take(status);
                    if (output != null) {
                        output.expect(status);
                    }
                }
            }
            watch.look(book);
            heedFailure();
            heedInterrupts(client);
        }
    }

    private void heedFailure() {
        if (target.failure().isDone()) {
            throw new ClusterException(
                    "the cluster failed: " + target.failure().join() + "; "
                            + Summary.tasks(book.stillOpen().size()) + " had not ended",
                    null);
        }
    }

    private void show(TaskStatus status) {
        switch (view.statuses()) {
            case LINES -> out.line(lines.line(status, names.padded(status.getTaskId())));
            case JSON -> out.line(JsonRecords.line(status));
            case NONE -> {}
        }
    }

    private void heedInterrupts(MillraceClient client) {
        if (interrupts.count() > 0 && interruptsHeeded == 0) {
            interruptsHeeded = 1;
            var open = book.stillOpen();
            out.complaint("millrace: interrupted; killing " + Summary.tasks(open.size())
                    + " (interrupt again not to wait for their end)");
            kills = new Killing(client, requests.get(0).getPool(), open);
        } else if (interrupts.count() > 1) {
            interruptsHeeded = 2;
        }
        if (kills != null) {
            kills.look();
        }
    }

    private void sumUp() {
        if (view.statuses() == Statuses.LINES) {
            out.line(Summary.of(book, elapsed()));
        }
        long duplicates = book.lastStatuses().stream()
                .filter(status -> status.getReason() == Reason.REASON_DUPLICATE_TASK_ID)
                .count();
        if (duplicates > 0) {
            out.complaint("millrace: " + duplicates + " of " + Summary.tasks(book.size())
                    + " had been submitted before under the same id; choose another --id, or leave it out");
        }
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begunNs);
    }
}
