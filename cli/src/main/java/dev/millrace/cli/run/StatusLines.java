package dev.millrace.cli.run;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.Style;
import dev.millrace.cli.output.Words;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes a status as a line for people. */
public final class StatusLines {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final int STATE_COLUMNS = "UNREACHABLE".length();

    private final Style style;
    private final DateTimeFormatter time;

    public StatusLines(Style style, ZoneId zone) {
        this.style = style;
        this.time = TIME.withZone(zone);
    }

    /**
     * One line.
     *
     * @param name what the task is called here
     */
    public String line(TaskStatus status, String name) {
        var padding = " "
                .repeat(Math.max(0, STATE_COLUMNS - Words.of(status.getState()).length()));
        return (style.faint(time.format(status.getDecidedAt())) + "  " + name + "  " + style.state(status.getState())
                        + padding + "  " + String.join(", ", details(status)))
                .stripTrailing();
    }

    private static List<String> details(TaskStatus status) {
        var details = new ArrayList<String>();
        if (status.getAttempt() > 1) {
            details.add("attempt " + status.getAttempt());
        }
        if (status.getAgentId() != null && status.getState() != TaskState.TASK_QUEUED) {
            details.add("on " + status.getAgentId());
        }
        if (!status.getFrameworkId().isEmpty() && status.getState() == TaskState.TASK_QUEUED) {
            details.add("framework " + status.getFrameworkId());
        }
        if (status.getExitCode() != null) {
            details.add("exit code " + status.getExitCode());
        }
        if (status.getSignal() != null) {
            details.add("signal " + status.getSignal());
        }
        if (status.getStartedAt() != null && status.getEndedAt() != null) {
            details.add("after " + Human.duration(Duration.between(status.getStartedAt(), status.getEndedAt())));
        }
        if (status.getDelayMs() != null) {
            details.add("in " + Human.duration(Duration.ofMillis(status.getDelayMs())));
        }
        // The messages of a task's usual way repeat what stands here already.
        boolean usual = status.getReason() != Reason.REASON_NONE
                && Words.of(status.getReason()).isEmpty();
        var why = usual ? "" : Words.of(status.getReason(), status.getMessage());
        if (!why.isEmpty()) {
            details.add(why);
        }
        return details;
    }
}
