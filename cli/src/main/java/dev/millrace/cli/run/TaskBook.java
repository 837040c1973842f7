package dev.millrace.cli.run;

import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What has become of the tasks of one submission, as their statuses say. Mutable; owned by the thread that reads the statuses. */
public final class TaskBook {
    private final String submissionId;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<TaskState, Integer> counts = new EnumMap<>(TaskState.class);
    private int open;

    /** What is known of one task. */
    private static final class Entry {
        private @Nullable TaskStatus last;
        private boolean over;
    }

    /** Books for what was submitted together: all requests have one submissionId. */
    public TaskBook(Collection<TaskRequest> requests) {
        this.submissionId = requests.iterator().next().getSubmissionId();
        requests.forEach(request -> entries.put(request.getTaskId(), new Entry()));
        this.open = entries.size();
    }

    /**
     * Takes a status, and tells whether it is news about one of these tasks: others' statuses are not, nor is one that came before. The answer
     * to a refused request is the task's only status, unless the task lives: then the request was a repetition of the one that was accepted.
     */
    public boolean take(TaskStatus status) {
        var entry = entries.get(status.getTaskId());
        if (entry == null || !status.getSubmissionId().equals(submissionId) || entry.over) {
            return false;
        }
        boolean refused = status.getSequence() == 0;
        if (entry.last != null && status.getSequence() <= entry.last.getSequence()) {
            return false;
        }
        if (entry.last != null) {
            counts.merge(entry.last.getState(), -1, Integer::sum);
        }
        counts.merge(status.getState(), 1, Integer::sum);
        entry.last = status;
        if (refused || status.getTaskEnded()) {
            entry.over = true;
            open--;
        }
        return true;
    }

    /** Tells that nothing more will come. */
    public boolean allOver() {
        return open == 0;
    }

    /** How many tasks there are. */
    public int size() {
        return entries.size();
    }

    /** How many tasks are in that state at the moment. */
    public int count(TaskState state) {
        return counts.getOrDefault(state, 0);
    }

    /** How many tasks no status has been seen of. */
    public int countUnheard() {
        return size() - counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** The ids of the tasks that are not over, in the order of the submission. */
    public List<String> stillOpen() {
        return entries.entrySet().stream()
                .filter(entry -> !entry.getValue().over)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The last status of a task; empty if none has been seen. */
    public Optional<TaskStatus> last(String taskId) {
        return Optional.ofNullable(entries.get(taskId)).map(entry -> entry.last);
    }

    /** The last status of each task that has one, in the order of the submission. */
    public List<TaskStatus> lastStatuses() {
        return entries.keySet().stream()
                .map(this::last)
                .flatMap(Optional::stream)
                .toList();
    }
}
