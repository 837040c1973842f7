package dev.millrace.cli.command;

import dev.millrace.cli.output.Words;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reason;
import dev.millrace.state.SavedTask;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says in a few words how a task came to its state, and what else there is to say of tasks and frameworks alike. */
final class TaskWords {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private TaskWords() {}

    /** The exit code or signal if there is one, else the reason if it tells more than the state, and the message. */
    static String detail(SavedTask task) {
        List<String> words = new ArrayList<>();
        if (task.getExitCode() != null) {
            words.add("exit code " + task.getExitCode());
        }
        if (task.getSignal() != null) {
            words.add("signal " + task.getSignal());
        }
        if (words.isEmpty() || task.getReason() != Reason.REASON_COMMAND_EXITED) {
            var reason = Words.of(task.getReason());
            if (!reason.isEmpty()) {
                words.add(reason);
            }
        }
        if (words.isEmpty() && task.getEnded() && !task.getMessage().isEmpty()) {
            words.add(task.getMessage());
        }
        return String.join(", ", words);
    }

    /** One pair a line. */
    static String pairs(List<KeyValue> pairs) {
        return pairs.stream().map(pair -> pair.getKey() + "=" + pair.getValue()).collect(Collectors.joining("\n"));
    }

    /** A time of the scheduler's or an agent's wall clock; nothing if there is none. */
    static String time(long millis) {
        return millis == 0 ? "" : TIME.withZone(ZoneId.systemDefault()).format(Instant.ofEpochMilli(millis));
    }
}
