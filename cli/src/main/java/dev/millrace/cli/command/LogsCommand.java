package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.LiveOutput;
import dev.millrace.cli.run.ClusterWatch;
import dev.millrace.cli.run.EndOfOutput;
import dev.millrace.cli.run.LinePrinter;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.ReadModel;
import dev.millrace.client.Start;
import dev.millrace.client.TaskLogs;
import dev.millrace.client.TaskView;
import dev.millrace.contract.LogChunk;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a task wrote. */
@Command(
        name = "logs",
        description =
                "Shows what a task wrote: its standard output on standard output, its standard error on standard error, of all its"
                        + " attempts.",
        footer = {
            "",
            "Examples:",
            "  millrace logs licences-k3f9w2/count/0",
            "  millrace logs -f service-demo/heartbeat/0     and what it writes from now on, until it ends",
            "  millrace logs --attempt 2 flaky-x2/third-time-lucky/0 2>/dev/null"
        })
final class LogsCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(300);

    /** How often a follower looks whether the task has ended. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(5);

    /** Clocks of agents and brokers may differ by so much. */
    private static final Duration CLOCK_MARGIN = Duration.ofMinutes(10);

    private final CommandContext context;

    @Parameters(paramLabel = "TASK", description = "The task's id.")
    private String taskId = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the task has ended.")
    private boolean follow;

    @Option(names = "--attempt", paramLabel = "N", description = "Only of this attempt.")
    private @Nullable Integer attempt;

    @Option(names = "--pool", paramLabel = "POOL", description = "The task's pool, if several have one of that id.")
    private @Nullable String pool;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    LogsCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var config = cluster.cluster(context);
        try (var model = KnownTasks.load(config);
                var out = new LiveOutput(context.terminal());
                var watch = ClusterWatch.over(config, out::complaint)) {
            var task = KnownTasks.one(model, pool, taskId);
            requireAttempt(task);
            show(config, new Followed(model, task, watch), out);
        }
        return ExitCode.OK;
    }

    /** Further attempts may be waited for, but only of a task that is not over. */
    private void requireAttempt(TaskView view) {
        int last = view.task().getAttempt();
        boolean mayCome = follow && !view.task().getEnded();
        if (attempt != null && (attempt < 1 || (attempt > last && !mayCome))) {
            throw new CommandFailure("there is no attempt " + attempt + " of " + taskId + "; there "
                    + (last == 1 ? "is only attempt 1" : "are the attempts 1 to " + last));
        }
    }

    private void show(ClusterConfig config, Followed followed, LiveOutput out) {
        var task = followed.task;
        var since = Instant.ofEpochMilli(task.task().getAcceptedWallMs()).minus(CLOCK_MARGIN);
        Consumer<LogChunk> printer =
                output.isJson() ? chunk -> out.line(JsonRecords.line(chunk)) : new LinePrinter(out, id -> "")::take;
        try (var logs = new TaskLogs(config, task.pool(), List.of(taskId), Start.since(since))) {
            boolean goesOn = true;
            while (goesOn && !out.isOutputGone()) {
                for (var chunk : logs.poll(POLL)) {
                    if (attempt == null || chunk.getAttempt() == attempt) {
                        printer.accept(chunk);
                    }
                    followed.take(chunk);
                }
                followed.watch.look();
                goesOn = !logs.reachedEnd() || (follow && !followed.isOver());
            }
        }
        if (follow && followed.isForgotten) {
            out.complaint("millrace logs: " + taskId + " is no longer known, so nothing more is waited for");
        } else if (follow && followed.end.isIncomplete()) {
            out.complaint("millrace logs: " + taskId + " has ended, and its output's end has not come within "
                    + EndOfOutput.PATIENCE.toSeconds() + " s");
        }
    }

    /** A task whose output is read while the task may still run. Mutable; owned by the command's thread. */
    private static final class Followed {
        private final ReadModel model;
        private final TaskView task;
        private final ClusterWatch watch;
        private final EndOfOutput end = new EndOfOutput(System::nanoTime);
        /** True = the scheduler remembers the task no longer: it ended long ago, or this is another cluster by now. */
        private boolean isForgotten;

        private long lookedAtNs = System.nanoTime() - LOOK_EVERY.toNanos();

        Followed(ReadModel model, TaskView task, ClusterWatch watch) {
            this.model = model;
            this.task = task;
            this.watch = watch;
        }

        void take(LogChunk chunk) {
            watch.heard();
            end.take(chunk);
        }

        boolean isOver() {
            if (!end.isTaskEnded() && !watch.isLost() && System.nanoTime() - lookedAtNs >= LOOK_EVERY.toNanos()) {
                lookWhetherItEnded();
                lookedAtNs = System.nanoTime();
            }
            return end.isOver();
        }

        private void lookWhetherItEnded() {
            try {
                model.refresh(LOOK_TIMEOUT);
            } catch (ClusterException e) {
                // The watch will find out whether the cluster is away.
                return;
            }
            var now = model.task(task.pool(), task.taskId()).map(TaskView::task);
            if (now.isEmpty()) {
                isForgotten = true;
                end.ended(0, false);
            } else if (now.get().getEnded()) {
                end.ended(now.get().getAttempt(), now.get().getStartedWallMs() > 0);
            }
        }
    }
}
