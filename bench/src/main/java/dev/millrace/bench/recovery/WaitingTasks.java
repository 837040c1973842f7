package dev.millrace.bench.recovery;

import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Fills a pool's state with tasks that no agent suits, so that they wait for ever. */
final class WaitingTasks {
    /** So many are on their way at a time. */
    private static final int PORTION = 20_000;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration STALL_TIMEOUT = Duration.ofSeconds(60);

    private final MillraceClient client;
    private final String pool;
    private final String run;
    private final String idPrefix;
    private final Consumer<String> progress;

    WaitingTasks(MillraceClient client, String pool, String run, Consumer<String> progress) {
        this.client = client;
        this.pool = pool;
        this.run = run;
        idPrefix = run + "/waiting/";
        this.progress = progress;
    }

    /** Submits so many, and returns when all of them wait. */
    void submit(int count) {
        if (count == 0) {
            return;
        }
        TaskRequest.Builder request = TaskRequest.newBuilder()
                .setPool(pool)
                .setTaskId("")
                .setSubmissionId(run)
                .setJob("waiting")
                .setRole("waiting")
                .setShell("true")
                .setConstraints(List.of(new Constraint("bench-nowhere", ConstraintOperator.EQUALS, List.of("here"))))
                .setResources(Resources.newBuilder()
                        .setCpuMillis(1_000)
                        .setMemMib(1_024)
                        .build());
        try (StatusStream statuses = client.statuses(pool, Start.end())) {
            for (int done = 0; done < count; ) {
                int until = Math.min(count, done + PORTION);
                int queued = done;
                for (; done < until; done++) {
                    CompletableFuture<?> unused = client.submit(
                            request.setTaskId(idPrefix + done).setInstance(done).build());
                }
                awaitQueued(statuses, until - queued);
                if (done % (5 * PORTION) == 0) {
                    progress.accept(done + " of " + count + " tasks wait");
                }
            }
        }
        progress.accept(count + " tasks wait");
    }

    private void awaitQueued(StatusStream statuses, int count) {
        int missing = count;
        long movedNs = System.nanoTime();
        while (missing > 0) {
            for (TaskStatus status : statuses.poll(POLL)) {
                if (status.getTaskId().startsWith(idPrefix) && status.getState() == TaskState.TASK_QUEUED) {
                    missing--;
                    movedNs = System.nanoTime();
                }
            }
            if (System.nanoTime() - movedNs > STALL_TIMEOUT.toNanos()) {
                throw new ClusterException("no task was queued for " + STALL_TIMEOUT.toSeconds() + " s", null);
            }
        }
    }
}
