package dev.millrace.bench.recovery;

import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.client.StatusFollower;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Submits a small task every few milliseconds, whatever becomes of those before, and follows their statuses as committed. So there is always
 * something to launch, and it is seen within milliseconds that tasks are launched again. Has threads of its own; thread-safe.
 */
final class ProbeTasks implements AutoCloseable {
    private static final long EVERY_MS = 20;

    private final MillraceClient client;
    private final TaskRequest.Builder template;
    private final String idPrefix;
    private final StatusFollower follower;
    private final ScheduledExecutorService submitter;
    private int submitted;
    private int awaited;
    private @Nullable CompletableFuture<Long> launch;

    ProbeTasks(MillraceClient client, String pool, String run) {
        this.client = client;
        idPrefix = run + "/probe/";
        template = TaskRequest.newBuilder()
                .setPool(pool)
                .setTaskId("")
                .setSubmissionId(run)
                .setJob("probe")
                .setRole("probe")
                .setShell("true")
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(16).build());
        follower = client.follow(pool, Start.end(), this::take);
        submitter = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "probe-tasks");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = submitter.scheduleWithFixedDelay(this::submit, 0, EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * Completes with {@link System#nanoTime} when a launch is read of a task that was submitted after this call: one that was submitted before
     * may have been launched before, and only be read later. A call takes the place of the one before it.
     */
    synchronized CompletableFuture<Long> nextLaunch() {
        awaited = submitted;
        launch = new CompletableFuture<>();
        return launch;
    }

    private void submit() {
        int number;
        synchronized (this) {
            number = submitted++;
        }
        CompletableFuture<?> unused = client.submit(
                template.setTaskId(idPrefix + number).setInstance(number).build());
    }

    private void take(TaskStatus status) {
        long nowNs = System.nanoTime();
        if (status.getState() != TaskState.TASK_STAGING || !status.getTaskId().startsWith(idPrefix)) {
            return;
        }
        int number = Integer.parseInt(status.getTaskId().substring(idPrefix.length()));
        synchronized (this) {
            if (launch != null && number >= awaited) {
                launch.complete(nowNs);
            }
        }
    }

    @Override
    public void close() {
        submitter.shutdownNow();
        follower.close();
    }
}
