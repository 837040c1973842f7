package dev.millrace.cli.command;

import dev.millrace.cli.job.ConstraintText;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Style;
import dev.millrace.client.TaskView;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one task. */
@Command(
        name = "task",
        description = "Shows what is known of one task: where it stands and what was asked for.",
        footer = {"", "Example:", "  millrace task licences-k3f9w2/count/0"})
final class TaskCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final int LABEL_COLUMNS = 12;

    private final CommandContext context;

    @Parameters(paramLabel = "TASK", description = "The task's id.")
    private String taskId = "";

    @Option(names = "--pool", paramLabel = "POOL", description = "The task's pool, if several have one of that id.")
    private @Nullable String pool;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    TaskCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try (var model = KnownTasks.load(cluster.cluster(context))) {
            var task = KnownTasks.one(model, pool, taskId);
            if (output.isJson()) {
                context.terminal().out().println(json(task));
            } else {
                print(task);
            }
        }
        return ExitCode.OK;
    }

    /** The task's own fields, and beside them its request. */
    private static String json(TaskView view) {
        var parts = JsonRecords.parts(view.task());
        parts.add(new Part("request", view.request().orElse(null)));
        return JsonRecords.line(parts);
    }

    private void print(TaskView view) {
        var task = view.task();
        var style = context.terminal().style();
        line("task", task.getTaskId());
        line("pool", task.getPool() + ", role " + task.getRole());
        var detail = TaskWords.detail(task);
        line("state", style.state(task.getState()) + (detail.isEmpty() ? "" : ": " + detail));
        line("attempt", task.getAttempt() + (task.getAgentId() == null ? "" : " on " + task.getAgentId()));
        line("accepted", time(task.getAcceptedWallMs()));
        line("started", time(task.getStartedWallMs()));
        line(
                "ended",
                task.getEnded() || task.getEndedWallMs() > task.getStartedWallMs() ? time(task.getEndedWallMs()) : "");
        line("ran for", ranFor(task.getStartedWallMs(), task.getEndedWallMs()));
        line("message", task.getMessage());
        view.request().ifPresent(this::print);
    }

    private void print(TaskRequest request) {
        line("command", request.getShell() != null ? request.getShell().strip() : String.join(" ", request.getArgv()));
        line("needs", Human.resources(request.getResources()));
        line("limits", request.getLimits() == null ? "" : Human.resources(request.getLimits()));
        line(
                "constraints",
                request.getConstraints().stream().map(ConstraintText::of).collect(Collectors.joining(", ")));
        line("environment", pairs(request.getEnvironment()));
        line("labels", pairs(request.getLabels()));
        line("user", request.getUser() == null ? "" : request.getUser());
        line("priority", Integer.toString(request.getPriority()));
        line("restart", restart(request.getRestartPolicy()));
        line("timeout", request.getMaxRunTimeMs() == null ? "" : duration(request.getMaxRunTimeMs()));
        line("kill grace", duration(request.getKillPolicy().getGracePeriodMs()));
        line(
                "not before",
                request.getNotBefore() == null
                        ? ""
                        : time(request.getNotBefore().toEpochMilli()));
        line("submitted", request.getPrincipal().isEmpty() ? "" : "by " + request.getPrincipal());
    }

    /** One line, or several if the text has several; none if there is nothing to say. */
    private void line(String label, String text) {
        if (text.isEmpty()) {
            return;
        }
        var indented = text.replace("\n", "\n" + " ".repeat(LABEL_COLUMNS));
        out().println(style().faint(label) + " ".repeat(LABEL_COLUMNS - label.length()) + indented);
    }

    private static String restart(RestartPolicy policy) {
        if (policy.getMode() == RestartMode.NEVER) {
            return "never";
        }
        var mode = policy.getMode() == RestartMode.ALWAYS ? "always" : "on failure";
        var attempts = policy.getAttempts() == 0 ? "any number of attempts" : policy.getAttempts() + " attempts";
        return mode + ", " + attempts + ", after " + duration(policy.getDelayMs()) + " to "
                + duration(policy.getMaxDelayMs());
    }

    private static String ranFor(long startedMs, long endedMs) {
        return startedMs > 0 && endedMs >= startedMs ? duration(endedMs - startedMs) : "";
    }

    private static String pairs(List<KeyValue> pairs) {
        return pairs.stream().map(pair -> pair.getKey() + "=" + pair.getValue()).collect(Collectors.joining("\n"));
    }

    private static String duration(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }

    private static String time(long millis) {
        return millis == 0 ? "" : TIME.withZone(ZoneId.systemDefault()).format(Instant.ofEpochMilli(millis));
    }

    private PrintStream out() {
        return context.terminal().out();
    }

    private Style style() {
        return context.terminal().style();
    }
}
