package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Words;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskView;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.core.TaskExplanation;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says why a task waits. */
@Command(
        name = "explain",
        description =
                "Says why a task waits: its place in its role's queue, what keeps agents from being given it and how many of them each cause"
                        + " excludes, what is held for it, and how its role stands.",
        footer = {"", "Example:", "  millrace explain licences-k3f9w2/count/0"})
final class ExplainCommand implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "TASK", description = "The task's id.")
    private String taskId = "";

    @Option(names = "--pool", paramLabel = "POOL", description = "The task's pool, if several have one of that id.")
    private @Nullable String pool;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    ExplainCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try (var model = KnownTasks.load(context, cluster)) {
            var task = KnownTasks.one(model, pool, taskId);
            var explanation = StateCopy.of(model, task.pool())
                    .explain(task.pool(), taskId)
                    .orElseThrow(() -> new CommandFailure("task " + taskId + " has just been forgotten"));
            if (output.isJson()) {
                context.terminal().out().println(json(task, explanation, model));
            } else if (explanation.why() != null) {
                print(task, explanation, explanation.why(), model);
            } else {
                say(taskId + " " + whyNotWaiting(task, explanation));
            }
        }
        return ExitCode.OK;
    }

    private static String json(TaskView view, TaskExplanation explanation, ReadModel model) {
        return JsonRecords.line(Arrays.asList(
                new Part("pool", view.pool()),
                new Part("taskId", explanation.taskId()),
                new Part("role", explanation.role()),
                new Part("state", explanation.state()),
                new Part("waiting", explanation.why() != null),
                new Part("position", explanation.position()),
                new Part("queuedInRole", explanation.queuedInRole()),
                new Part("explained", explanation.why()),
                new Part("waitsFor", explanation.waitsFor()),
                new Part("hold", view.task().getHold()),
                new Part("gang", ExplanationWords.gang(view, model).orElse(null)),
                new Part(
                        "roles",
                        explanation.roles().stream().map(RoleWords::json).toList())));
    }

    private void print(TaskView view, TaskExplanation explanation, PendingExplained why, ReadModel model) {
        var task = view.task();
        var waited = model.clock(task.getPool())
                .map(clock -> " for " + duration(clock.getElapsedMs() - task.getQueuedMs()))
                .orElse("");
        say(taskId + " has waited" + waited + " in pool " + task.getPool() + ", at place " + explanation.position()
                + " of " + explanation.queuedInRole() + " in the queue of role " + explanation.role() + ".");
        new ExplanationWords(view, explanation, model).lines(why).forEach(this::say);
    }

    private static String whyNotWaiting(TaskView view, TaskExplanation explanation) {
        var task = view.task();
        var detail = TaskWords.detail(task);
        if (task.getEnded()) {
            return "has ended: " + Words.of(task.getState()) + (detail.isEmpty() ? "" : ", " + detail) + ".";
        }
        return switch (task.getState()) {
            case TASK_QUEUED ->
                explanation.waitsFor().isEmpty()
                        ? "is about to be placed."
                        : "waits for " + explanation.waitsFor() + ".";
            case TASK_STAGING, TASK_STARTING -> "has been placed on " + task.getAgentId() + " and is about to start.";
            case TASK_RUNNING -> "runs on " + task.getAgentId() + ".";
            case TASK_KILLING -> "is being killed on " + task.getAgentId() + ".";
            case TASK_UNREACHABLE ->
                "was on " + task.getAgentId() + ", which can't be reached; " + unreachable(view, explanation);
            default -> "is " + Words.of(task.getState()) + ".";
        };
    }

    private static String unreachable(TaskView view, TaskExplanation explanation) {
        if (!explanation.waitsFor().isEmpty()) {
            return "it waits for " + explanation.waitsFor() + ".";
        }
        return view.request()
                .map(TaskRequest::getUnreachablePolicy)
                .map(policy -> policy.getAction() == UnreachableAction.WAIT
                        ? "it waits for the agent."
                        : "after " + duration(policy.getTimeoutMs()) + " of that it is lost.")
                .orElse("its policy decides.");
    }

    private static String duration(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }

    private void say(String line) {
        context.terminal().out().println(line);
    }
}
