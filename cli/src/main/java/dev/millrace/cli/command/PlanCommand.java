package dev.millrace.cli.command;

import dev.millrace.cli.output.GangWords;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.WaitingWords;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.core.PlannedTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what would become of a job. */
@Command(
        name = "plan",
        description = {
            "Says what would become of a job if it were submitted now: where each task would be placed, which tasks would give way to it, or"
                    + " why it would wait. The scheduler's own rules decide it on a copy of its state; nothing is written to any topic."
        },
        footer = {
            "",
            "Examples:",
            "  millrace plan examples/training.yaml",
            "  millrace plan --cpus 16 --memory 64GiB -- ./large-job.sh"
        })
final class PlanCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin
    private JobInput input = new JobInput();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    PlanCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var requests = input.requests(context);
        var pool = requests.get(0).getPool();
        List<PlannedTask> plan;
        try (var model = KnownTasks.load(context, cluster, pool)) {
            plan = StateCopy.of(model, pool).plan(requests);
        }
        for (var task : plan) {
            context.terminal()
                    .out()
                    .println(output.isJson() ? json(pool, task) : line(task) + ofItsGang(task, requests));
        }
        if (!output.isJson()) {
            context.terminal().out().println(summary(plan));
        }
        return ExitCode.OK;
    }

    private static String json(String pool, PlannedTask task) {
        return JsonRecords.line(Arrays.asList(
                new Part("pool", pool),
                new Part("taskId", task.taskId()),
                new Part("state", task.state()),
                new Part("agentId", task.agentId()),
                new Part("ports", task.ports()),
                new Part("gpuDevices", task.gpuDevices()),
                new Part("preempts", task.preempts()),
                new Part("explained", task.why()),
                new Part("message", task.message())));
    }

    private static String ofItsGang(PlannedTask task, List<TaskRequest> requests) {
        var why = task.why();
        if (why == null) {
            return "";
        }
        return requests.stream()
                .filter(request -> request.getTaskId().equals(task.taskId()))
                .flatMap(request -> GangWords.tooFewAgents(why, request, requests).stream())
                .map(sentence -> " " + sentence)
                .findFirst()
                .orElse("");
    }

    /** The task without what its submission has drawn at random, and what would become of it. */
    static String line(PlannedTask task) {
        return task.taskId().substring(task.taskId().indexOf('/') + 1) + ": " + fate(task);
    }

    private static String fate(PlannedTask task) {
        if (isRefused(task)) {
            return "would be refused" + (task.message().isEmpty() ? "" : ": " + task.message());
        }
        if (isPlaced(task)) {
            return "placed on " + task.agentId() + given(task)
                    + (task.preempts().isEmpty() ? "" : ", preempting " + String.join(", ", task.preempts()));
        }
        if (!task.preempts().isEmpty()) {
            return "waits for " + task.agentId() + ", preempting " + String.join(", ", task.preempts());
        }
        var why = task.why();
        if (why != null) {
            return "waits. " + WaitingWords.line(why);
        }
        return "waits" + (task.message().isEmpty() ? "" : " for " + task.message());
    }

    private static String given(PlannedTask task) {
        var given = new ArrayList<String>();
        if (!task.ports().isEmpty()) {
            given.add((task.ports().size() == 1 ? "port " : "ports ") + numbers(task.ports()));
        }
        if (!task.gpuDevices().isEmpty()) {
            given.add((task.gpuDevices().size() == 1 ? "gpu " : "gpus ") + numbers(task.gpuDevices()));
        }
        return given.isEmpty() ? "" : " (" + String.join("; ", given) + ")";
    }

    private static String numbers(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    static String summary(List<PlannedTask> plan) {
        long placed = plan.stream().filter(PlanCommand::isPlaced).count();
        long refused = plan.stream().filter(PlanCommand::isRefused).count();
        long giveWay = plan.stream()
                .flatMap(task -> task.preempts().stream())
                .distinct()
                .count();
        var words = new ArrayList<String>();
        words.add(placed + " would be placed");
        words.add(plan.size() - placed - refused + " would wait");
        if (refused > 0) {
            words.add(refused + " would be refused");
        }
        if (giveWay > 0) {
            words.add(giveWay + (giveWay == 1 ? " other would give way" : " others would give way"));
        }
        return plan.size() + (plan.size() == 1 ? " task: " : " tasks: ") + String.join(", ", words)
                + ". Nothing was submitted.";
    }

    private static boolean isPlaced(PlannedTask task) {
        return !isRefused(task) && task.state() != TaskState.TASK_QUEUED;
    }

    private static boolean isRefused(PlannedTask task) {
        return task.state() == TaskState.TASK_ERROR;
    }
}
