package dev.millrace.cli.run;

import dev.millrace.contract.TaskRequest;
import java.util.Collection;

/** What the tasks of one submission are called among themselves: their ids without what all of them have in common. */
public final class TaskNames {
    private final String common;
    private final int columns;

    private TaskNames(String common, int columns) {
        this.common = common;
        this.columns = columns;
    }

    static TaskNames of(Collection<TaskRequest> requests) {
        var first = requests.iterator().next().getTaskId();
        var common = first.substring(0, first.indexOf('/') + 1);
        int longest = requests.stream()
                .mapToInt(request -> request.getTaskId().length())
                .max()
                .orElse(0);
        return new TaskNames(common, longest - common.length());
    }

    /** The short name. */
    String of(String taskId) {
        return taskId.startsWith(common) ? taskId.substring(common.length()) : taskId;
    }

    /** The short name, as wide as the widest. */
    String padded(String taskId) {
        var name = of(taskId);
        return name + " ".repeat(Math.max(0, columns - name.length()));
    }
}
