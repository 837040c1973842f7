package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.LiveOutput;
import dev.millrace.cli.run.LinePrinter;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.Start;
import dev.millrace.client.TaskLogs;
import dev.millrace.client.TaskView;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
                var out = new LiveOutput(context.terminal())) {
            var task = KnownTasks.one(model, pool, taskId);
            var watch = new Watch(() -> {
                model.refresh(Duration.ofSeconds(30));
                return model.task(task.pool(), taskId);
            });
            show(config, task, watch, out);
        }
        return ExitCode.OK;
    }

    private void show(ClusterConfig config, TaskView task, Watch watch, LiveOutput out) {
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
                    watch.take(chunk);
                }
                goesOn = follow ? !watch.isOver() : !logs.reachedEnd();
            }
        }
    }

    /** Knows when a task will write no more: it has ended, and the last chunks of its last attempt that ran have come. */
    private static final class Watch {
        private final Supplier<Optional<TaskView>> look;
        private final boolean[] lastSeen = new boolean[LogStream.values().length];
        private int attemptSeen;
        private long lookedAtNs = System.nanoTime() - LOOK_EVERY.toNanos();

        Watch(Supplier<Optional<TaskView>> look) {
            this.look = look;
        }

        void take(LogChunk chunk) {
            if (chunk.getAttempt() > attemptSeen) {
                attemptSeen = chunk.getAttempt();
                Arrays.fill(lastSeen, false);
            }
            if (chunk.getAttempt() == attemptSeen) {
                lastSeen[chunk.getStream().ordinal()] |= chunk.getLast();
            }
        }

        boolean isOver() {
            if (System.nanoTime() - lookedAtNs < LOOK_EVERY.toNanos()) {
                return false;
            }
            lookedAtNs = System.nanoTime();
            var task = look.get();
            if (task.isPresent() && !task.get().task().getEnded()) {
                return false;
            }
            boolean lastAttemptRan = task.isPresent()
                    && task.get().task().getStartedWallMs() > 0
                    && task.get().task().getAttempt() >= attemptSeen;
            boolean allSeen = lastSeen[LogStream.STDOUT.ordinal()] && lastSeen[LogStream.STDERR.ordinal()];
            return allSeen || !lastAttemptRan;
        }
    }
}
