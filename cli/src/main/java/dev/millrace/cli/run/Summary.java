package dev.millrace.cli.run;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.Words;
import dev.millrace.contract.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Counts a book's tasks in words. */
final class Summary {
    private Summary() {}

    /** How the tasks ended: {@code 20 tasks: 19 finished, 1 failed in 3.4s}. */
    static String of(TaskBook book, Duration took) {
        return tasks(book.size()) + ": " + String.join(", ", counts(book)) + " in " + Human.duration(took);
    }

    /** How far the tasks are: {@code 5 queued, 7 running, 8 finished (20 tasks, 3.2s)}. */
    static String progress(TaskBook book, Duration since) {
        return String.join(", ", counts(book)) + " (" + tasks(book.size()) + ", " + Human.duration(since) + ")";
    }

    private static List<String> counts(TaskBook book) {
        var counts = new ArrayList<String>();
        if (book.countUnheard() > 0) {
            counts.add(book.countUnheard() + " submitted");
        }
        for (var state : TaskState.values()) {
            if (book.count(state) > 0) {
                counts.add(book.count(state) + " " + Words.of(state));
            }
        }
        return counts;
    }

    static String tasks(int count) {
        return count == 1 ? "1 task" : count + " tasks";
    }
}
