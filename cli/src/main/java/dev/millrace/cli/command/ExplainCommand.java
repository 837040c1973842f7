package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.WaitingWords;
import dev.millrace.cli.output.Words;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskView;
import dev.millrace.client.Waiting;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.state.SavedTask;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
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
                "Says why a task waits: what keeps agents from being given it, and how many of them each cause excludes.",
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
        try (var model = KnownTasks.load(cluster.cluster(context))) {
            var task = KnownTasks.one(model, pool, taskId);
            var waiting = model.waiting(task);
            if (output.isJson()) {
                context.terminal().out().println(json(task.task(), waiting));
            } else if (waiting.isPresent()) {
                print(task.task(), waiting.get(), model);
            } else {
                say(taskId + " " + whyNotWaiting(task, model));
            }
        }
        return ExitCode.OK;
    }

    private static String json(SavedTask task, Optional<Waiting> waiting) {
        return JsonRecords.line(Arrays.asList(
                new Part("pool", task.getPool()),
                new Part("taskId", task.getTaskId()),
                new Part("state", task.getState()),
                new Part("waiting", waiting.isPresent()),
                new Part("position", waiting.map(Waiting::position).orElse(null)),
                new Part("length", waiting.map(Waiting::length).orElse(null)),
                new Part("requestClass", waiting.map(Waiting::requestClass).orElse(null)),
                new Part("explained", waiting.flatMap(Waiting::explained).orElse(null))));
    }

    private void print(SavedTask task, Waiting waiting, ReadModel model) {
        var waited = model.clock(task.getPool())
                .map(clock -> " for " + duration(clock.getElapsedMs() - task.getQueuedMs()))
                .orElse("");
        say(taskId + " has waited" + waited + " in pool " + task.getPool() + ", at place " + waiting.position() + " of "
                + waiting.length() + " in the queue.");
        if (waiting.explained().isEmpty()) {
            say("The scheduler has not yet looked at why; ask again in a second.");
            return;
        }
        var explained = waiting.explained().get();
        say(WaitingWords.reason(explained));
        WaitingWords.vetoes(explained).forEach(veto -> say("  " + veto));
    }

    private static String whyNotWaiting(TaskView view, ReadModel model) {
        var task = view.task();
        var detail = TaskWords.detail(task);
        if (task.getEnded()) {
            return "has ended: " + Words.of(task.getState()) + (detail.isEmpty() ? "" : ", " + detail) + ".";
        }
        return switch (task.getState()) {
            case TASK_QUEUED -> whyHeldBack(view, model);
            case TASK_STAGING, TASK_STARTING -> "has been placed on " + task.getAgentId() + " and is about to start.";
            case TASK_RUNNING -> "runs on " + task.getAgentId() + ".";
            case TASK_KILLING -> "is being killed on " + task.getAgentId() + ".";
            case TASK_UNREACHABLE -> "was on " + task.getAgentId() + ", which can't be reached; " + unreachable(view);
            default -> "is " + Words.of(task.getState()) + ".";
        };
    }

    private static String unreachable(TaskView view) {
        return view.request()
                .map(TaskRequest::getUnreachablePolicy)
                .map(policy -> policy.getAction() == UnreachableAction.WAIT
                        ? "it waits for the agent."
                        : "after " + duration(policy.getTimeoutMs()) + " of that it is lost.")
                .orElse("its policy decides.");
    }

    private static String whyHeldBack(TaskView view, ReadModel model) {
        var task = view.task();
        long elapsedMs =
                model.clock(task.getPool()).map(clock -> clock.getElapsedMs()).orElse(0L);
        if (task.getDelayUntilMs() > elapsedMs) {
            return "waits another " + duration(task.getDelayUntilMs() - elapsedMs) + " before attempt "
                    + task.getAttempt() + ", as its restart policy says.";
        }
        return view.request()
                .map(TaskRequest::getNotBefore)
                .filter(time -> time.isAfter(Instant.now()))
                .map(time -> "is not to start before " + time + ".")
                .orElse("is about to be placed.");
    }

    private static String duration(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }

    private void say(String line) {
        context.terminal().out().println(line);
    }
}
