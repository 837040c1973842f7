package dev.millrace.cli.command;

import dev.millrace.bench.core.ReleaseBench;
import dev.millrace.bench.core.ReleaseResult;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.JsonRecords.Parts;
import dev.millrace.cli.output.Table;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the longest step when many tasks may be placed at once. */
@Command(
        name = "release",
        description = {
            "Measures how long the scheduler's steps take, on one thread and without a cluster, when one input lets many waiting tasks be placed:"
                    + " a tick with which the not-before time of all of them comes, a role's limit that is raised, and an agent with room for all of"
                    + " them, which gets as many as an agent may have. Nothing else of the pool is decided on during a step, so the longest one says"
                    + " how long an input may have to wait."
        },
        footer = {"", "Example:", "  millrace bench release --tasks 100000 -o json"})
final class BenchReleaseCommand implements Callable<Integer> {
    private static final int MOST_ROUNDS = 1_000;

    private final CommandContext context;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Tasks that wait (default: ${DEFAULT-VALUE}).")
    private int tasks;

    @Option(
            names = "--agents",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Agents of the pool (default: ${DEFAULT-VALUE}).")
    private int agents;

    @Option(
            names = "--shapes",
            paramLabel = "N",
            defaultValue = "1",
            description = "Different needs that the tasks of each of ten roles have (default: ${DEFAULT-VALUE}).")
    private int shapes;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rounds of each case that are not measured (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Rounds of each case that are measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Mixin
    private OutputOptions output = new OutputOptions();

    BenchReleaseCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (warmUp < 0 || rounds < 1 || warmUp > MOST_ROUNDS || rounds > MOST_ROUNDS) {
            throw CommandFailure.usage("--warm-up must be 0 to " + MOST_ROUNDS + ", --rounds 1 to " + MOST_ROUNDS);
        }
        var results = bench().run();
        if (output.isJson()) {
            context.terminal().out().println(json(results));
        } else {
            print(results);
        }
        return ExitCode.OK;
    }

    private ReleaseBench bench() {
        try {
            return new ReleaseBench(tasks, agents, shapes, warmUp, rounds);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private void print(List<ReleaseResult> results) {
        var table = new Table("RELEASED BY", "TASKS>", "STEPS>", "P50 MS>", "P99 MS>", "MAX MS>", "MAX CPU MS>");
        for (var result : results) {
            table.row(
                    result.what(),
                    Integer.toString(result.tasks()),
                    Long.toString(result.steps()),
                    millis(result.p50Micros()),
                    millis(result.p99Micros()),
                    millis(result.maxMicros()),
                    millis(result.maxCpuMicros()));
        }
        table.print(context.terminal().out());
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, "%.2f", micros / 1_000.0);
    }

    private String json(List<ReleaseResult> results) {
        var cases = results.stream()
                .map(result -> new Parts(List.of(
                        new Part("releasedBy", result.what()),
                        new Part("placed", result.tasks()),
                        new Part("steps", result.steps()),
                        new Part("p50Micros", result.p50Micros()),
                        new Part("p99Micros", result.p99Micros()),
                        new Part("maxMicros", result.maxMicros()),
                        new Part("maxCpuMicros", result.maxCpuMicros()))))
                .toList();
        return JsonRecords.line(List.of(
                new Part("tasks", tasks),
                new Part("agents", agents),
                new Part("shapes", shapes),
                new Part("cases", cases)));
    }
}
