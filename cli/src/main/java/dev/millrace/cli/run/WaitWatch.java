package dev.millrace.cli.run;

import dev.millrace.cli.output.WaitingWords;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.RequestClasses;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says why tasks wait that have been queued for a while, in the words of {@code millrace explain}: once for all that ask for the same, and
 * again when the reason changes in kind. That there is no room is worth a line only if the run's other tasks make no progress either. It
 * never blocks. Mutable; owned by the thread that reads the statuses.
 */
final class WaitWatch {
    private static final Duration A_WHILE = Duration.ofSeconds(3);
    private static final Duration BEFORE_NEXT_QUESTION = Duration.ofSeconds(5);

    private final Question question;
    private final TaskNames names;
    private final LongSupplier clockNs;
    private final Consumer<String> complaints;
    private final Map<String, String> classes = new HashMap<>();
    private final Map<String, Long> queuedSinceNs = new LinkedHashMap<>();
    private final Map<String, PendingKind> told = new HashMap<>();
    private long newsNs;
    private long nextQuestionNs;
    private @Nullable CompletableFuture<Map<String, PendingExplained>> asked;

    /** Asks the scheduler's state why tasks wait. */
    @FunctionalInterface
    interface Question {
        /** The reasons of those of these tasks that wait and have one, by task id. */
        CompletableFuture<Map<String, PendingExplained>> ask(Collection<String> taskIds);
    }

    WaitWatch(Collection<TaskRequest> requests, Question question, LongSupplier clockNs, Consumer<String> complaints) {
        this.question = question;
        this.names = TaskNames.of(requests);
        this.clockNs = clockNs;
        this.complaints = complaints;
        requests.forEach(request -> classes.put(request.getTaskId(), RequestClasses.text(request)));
        this.newsNs = clockNs.getAsLong();
        this.nextQuestionNs = newsNs;
    }

    /** Takes notice of a status of one of the tasks. */
    void take(TaskStatus status) {
        newsNs = clockNs.getAsLong();
        if (status.getState() == TaskState.TASK_QUEUED && !status.getTaskEnded()) {
            var delayMs = status.getDelayMs();
            queuedSinceNs.put(status.getTaskId(), newsNs + (delayMs == null ? 0 : delayMs * 1_000_000));
        } else {
            queuedSinceNs.remove(status.getTaskId());
        }
    }

    /** Asks if it is time to, and tells the answer if there is one; to be called again and again. */
    void look() {
        long nowNs = clockNs.getAsLong();
        if (asked == null) {
            var ids = oneOfEachClass(nowNs);
            if (nowNs - nextQuestionNs >= 0 && !ids.isEmpty()) {
                asked = question.ask(ids);
            }
        } else if (asked.isDone()) {
            // If there is no answer, the cluster is away, which others say.
            if (!asked.isCompletedExceptionally()) {
                asked.join().forEach((taskId, explained) -> tell(taskId, explained, nowNs));
            }
            asked = null;
            nextQuestionNs = nowNs + BEFORE_NEXT_QUESTION.toNanos();
        }
    }

    /** Of the tasks that have waited for a while, one for all that ask for the same. */
    private Collection<String> oneOfEachClass(long nowNs) {
        Map<String, String> taskByClass = new LinkedHashMap<>();
        queuedSinceNs.forEach((taskId, sinceNs) -> {
            if (nowNs - sinceNs >= A_WHILE.toNanos()) {
                taskByClass.putIfAbsent(classOf(taskId), taskId);
            }
        });
        return taskByClass.values();
    }

    private void tell(String taskId, PendingExplained explained, long nowNs) {
        var requestClass = classOf(taskId);
        var kind = explained.getKind();
        boolean isUsual = kind == PendingKind.WAITS_FOR_RESOURCES && nowNs - newsNs < A_WHILE.toNanos();
        var waiting = queuedSinceNs.keySet().stream()
                .filter(id -> requestClass.equals(classOf(id)))
                .toList();
        if (waiting.isEmpty() || isUsual || kind == told.get(requestClass)) {
            return;
        }
        told.put(requestClass, kind);
        complaints.accept("millrace: " + who(waiting) + " " + WaitingWords.line(explained));
    }

    private String classOf(String taskId) {
        return Objects.requireNonNull(classes.get(taskId));
    }

    private String who(List<String> waiting) {
        var first = names.of(waiting.get(0));
        return waiting.size() == 1 ? first + " waits." : waiting.size() + " tasks wait, such as " + first + ".";
    }
}
