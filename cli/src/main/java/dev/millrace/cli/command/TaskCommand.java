package dev.millrace.cli.command;

import dev.millrace.cli.job.ConstraintText;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.LabelledLines;
import dev.millrace.client.TaskView;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import java.time.Duration;
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
        try (var model = KnownTasks.load(context, cluster)) {
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
        var lines = new LabelledLines(context.terminal());
        var task = view.task();
        var style = context.terminal().style();
        lines.line("task", task.getTaskId());
        lines.line("pool", task.getPool() + ", role " + task.getRole());
        var detail = TaskWords.detail(task);
        lines.line("state", style.state(task.getState()) + (detail.isEmpty() ? "" : ": " + detail));
        lines.line("attempt", task.getAttempt() + (task.getAgentId() == null ? "" : " on " + task.getAgentId()));
        lines.line(
                "framework",
                task.getExecutorId().isEmpty()
                        ? task.getFrameworkId()
                        : task.getFrameworkId() + ", executor " + task.getExecutorId());
        lines.line("accepted", TaskWords.time(task.getAcceptedWallMs()));
        lines.line("started", TaskWords.time(task.getStartedWallMs()));
        lines.line(
                "ended",
                task.getEnded() || task.getEndedWallMs() > task.getStartedWallMs()
                        ? TaskWords.time(task.getEndedWallMs())
                        : "");
        lines.line("ran for", ranFor(task.getStartedWallMs(), task.getEndedWallMs()));
        lines.line("message", task.getMessage());
        view.request().ifPresent(request -> print(request, lines));
    }

    private static void print(TaskRequest request, LabelledLines lines) {
        lines.line(
                "command",
                request.getShell() != null ? request.getShell().strip() : String.join(" ", request.getArgv()));
        lines.line("needs", Human.resources(request.getResources()));
        lines.line("limits", request.getLimits() == null ? "" : Human.resources(request.getLimits()));
        lines.line(
                "constraints",
                request.getConstraints().stream().map(ConstraintText::of).collect(Collectors.joining(", ")));
        lines.line("environment", TaskWords.pairs(request.getEnvironment()));
        lines.line("labels", TaskWords.pairs(request.getLabels()));
        lines.line("user", request.getUser() == null ? "" : request.getUser());
        lines.line("priority", Integer.toString(request.getPriority()));
        lines.line("restart", restart(request.getRestartPolicy()));
        lines.line("timeout", request.getMaxRunTimeMs() == null ? "" : duration(request.getMaxRunTimeMs()));
        lines.line("kill grace", duration(request.getKillPolicy().getGracePeriodMs()));
        lines.line(
                "not before",
                request.getNotBefore() == null
                        ? ""
                        : TaskWords.time(request.getNotBefore().toEpochMilli()));
        lines.line("submitted", request.getPrincipal().isEmpty() ? "" : "by " + request.getPrincipal());
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

    private static String duration(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }
}
