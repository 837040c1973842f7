package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.Words;
import dev.millrace.cli.run.ClusterWatch;
import dev.millrace.cli.run.Sending;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.ReadModel;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.client.TaskFilter;
import dev.millrace.client.TaskView;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Kills tasks. */
@Command(
        name = "kill",
        description = {
            "Kills tasks, whatever they are doing: one that waits is taken from the queue; one that runs is sent SIGTERM and, after its"
                    + " grace period, SIGKILL. Returns when the scheduler has taken it in hand, with --wait when the tasks have ended."
        },
        footer = {
            "",
            "Examples:",
            "  millrace kill licences-k3f9w2/count/0",
            "  millrace kill licences-k3f9w2/                 all tasks whose ids begin so",
            "  millrace kill --grace 0 --wait service-demo/heartbeat/0"
        })
final class KillCommand implements Callable<Integer> {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(200);

    private final CommandContext context;

    @Parameters(
            arity = "1..*",
            paramLabel = "TASK",
            description = "A task's id; if it ends with a /, all tasks that wait or run and whose ids begin so.")
    private List<String> taskIds = new ArrayList<>();

    @Option(names = "--pool", paramLabel = "POOL", description = "The tasks' pool, if several have one of that id.")
    private @Nullable String pool;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description = "The time between SIGTERM and SIGKILL (default: as each task's request says).")
    private @Nullable Duration grace;

    @Option(names = "--message", paramLabel = "TEXT", description = "Why, for people.")
    private String message = "";

    @Option(names = "--wait", description = "Wait until the tasks have ended.")
    private boolean wait;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    KillCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var config = cluster.cluster(context);
        List<TaskView> targets = new ArrayList<>();
        try (var model = KnownTasks.load(config)) {
            taskIds.forEach(taskId -> targets.addAll(find(model, taskId)));
        }
        // The statuses of several pools lie in several streams.
        var byPool = new TreeMap<String, List<String>>();
        for (var target : targets) {
            if (target.task().getEnded()) {
                say(
                        target.taskId(),
                        "had ended already: " + Words.of(target.task().getState()));
            } else {
                byPool.computeIfAbsent(target.pool(), p -> new ArrayList<>()).add(target.taskId());
            }
        }
        boolean allAnswered = true;
        for (var entry : byPool.entrySet()) {
            allAnswered &= kill(config, entry.getKey(), entry.getValue());
        }
        return allAnswered ? ExitCode.OK : ExitCode.FAILED;
    }

    private List<TaskView> find(ReadModel model, String taskId) {
        if (!taskId.endsWith("/")) {
            return List.of(KnownTasks.one(model, pool, taskId));
        }
        var found = model.tasks(TaskFilter.all()
                .inPool(pool == null ? "" : pool)
                .withIdPrefix(taskId)
                .live());
        if (found.isEmpty()) {
            throw new CommandFailure("no task that waits or runs has an id that begins with " + taskId);
        }
        return found;
    }

    private boolean kill(ClusterConfig config, String ofPool, List<String> targets) {
        try (var client = new MillraceClient(config);
                var statuses = client.statuses(ofPool, Start.end());
                var watch = ClusterWatch.over(config, context.terminal().err()::println)) {
            var graceMs = grace == null ? null : grace.toMillis();
            Sending.kills(
                    client,
                    targets.stream()
                            .map(taskId -> new KillRequest(ofPool, taskId, graceMs, context.principal(), message))
                            .toList());
            return awaitAnswers(statuses, targets, watch);
        }
    }

    /** Waits for each target's answer for a time of its own, and with {@code --wait} then for its end however long that takes. */
    private boolean awaitAnswers(StatusStream statuses, List<String> targets, ClusterWatch watch) {
        Set<String> unanswered = new TreeSet<>(targets);
        Set<String> ending = new HashSet<>();
        boolean allAnswered = true;
        long deadlineNs = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
        while (!unanswered.isEmpty() || !ending.isEmpty()) {
            for (var status : statuses.poll(POLL)) {
                watch.heard();
                if (isAnswer(status) && (unanswered.remove(status.getTaskId()) || ending.remove(status.getTaskId()))) {
                    show(status);
                    if (wait && !isLast(status)) {
                        ending.add(status.getTaskId());
                    }
                }
            }
            watch.look();
            if (!unanswered.isEmpty() && System.nanoTime() > deadlineNs) {
                unanswered.forEach(this::complainOfNoAnswer);
                unanswered.clear();
                allAnswered = false;
            }
        }
        return allAnswered;
    }

    private void complainOfNoAnswer(String taskId) {
        context.terminal()
                .err()
                .println("millrace kill: " + taskId + ": the scheduler has not answered within "
                        + ANSWER_TIMEOUT.toSeconds() + " s; the request is safe in Kafka");
    }

    private static boolean isAnswer(TaskStatus status) {
        return status.getState() == TaskState.TASK_KILLING || isLast(status);
    }

    /** The end of the task, or the refusal of the request. */
    private static boolean isLast(TaskStatus status) {
        return status.getTaskEnded() || status.getSequence() == 0;
    }

    private void show(TaskStatus status) {
        if (output.isJson()) {
            context.terminal().out().println(JsonRecords.line(status));
        } else {
            say(status.getTaskId(), Words.of(status.getState()));
        }
    }

    private void say(String taskId, String what) {
        if (!output.isJson()) {
            context.terminal().out().println(taskId + ": " + what);
        }
    }
}
