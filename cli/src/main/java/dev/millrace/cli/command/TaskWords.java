package dev.millrace.cli.command;

import dev.millrace.cli.output.Words;
import dev.millrace.contract.Reason;
import dev.millrace.state.SavedTask;
import java.util.ArrayList;
import java.util.List;

/** Says in a few words how a task came to its state. */
final class TaskWords {
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
}
