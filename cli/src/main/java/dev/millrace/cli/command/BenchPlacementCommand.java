package dev.millrace.cli.command;

import dev.millrace.bench.core.PlacementBench;
import dev.millrace.bench.core.PlacementResult;
import dev.millrace.bench.core.PlacementSettings;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how fast tasks are placed. */
@Command(
        name = "placement",
        description = {
            "Measures how many tasks a second the scheduler's core places, on one thread and without a cluster. The agents are half full; the"
                    + " tasks of a round are placed, as many in a step as a step may, and end before the next round, unmeasured. A placement is all that"
                    + " is done for one task: choosing role, class and agent, and putting out the records of status, launch and state. Figures are"
                    + " medians of the rounds."
        },
        footer = {"", "Example:", "  millrace bench placement --agents 10000 --roles 100 --constraints 2 -o json"})
final class BenchPlacementCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(
            names = "--agents",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Agents of the pool (default: ${DEFAULT-VALUE}).")
    private int agents;

    @Option(
            names = "--roles",
            paramLabel = "R",
            defaultValue = "10",
            description = "Roles that have queued tasks, of five shapes each (default: ${DEFAULT-VALUE}).")
    private int roles;

    @Option(
            names = "--constraints",
            paramLabel = "C",
            defaultValue = "0",
            description = "Constraints on attributes that each task has, 4 at the most (default: ${DEFAULT-VALUE}).")
    private int constraints;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            defaultValue = "binpack",
            description = "binpack, spread or fragmentation (default: ${DEFAULT-VALUE}).")
    private BenchPolicy policy = BenchPolicy.binpack;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "20",
            description = "Rounds that are not measured (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "11",
            description = "Rounds that are measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Mixin
    private OutputOptions output = new OutputOptions();

    BenchPlacementCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var result = new PlacementBench(settings()).run();
        var out = context.terminal().out();
        if (output.isJson()) {
            out.println(json(result));
        } else {
            out.println(result.placementsPerSecond() + " placements a second, " + result.nanosPerPlacement()
                    + " ns ("
                    + result.cpuNanosPerPlacement() + " ns of processor time) and " + result.bytesPerPlacement()
                    + " bytes each");
        }
        return ExitCode.OK;
    }

    private PlacementSettings settings() {
        try {
            return new PlacementSettings(agents, roles, constraints, policy.contract(), warmUp, rounds);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private String json(PlacementResult result) {
        return JsonRecords.line(List.of(
                new Part("placementsPerSecond", result.placementsPerSecond()),
                new Part("nanosPerPlacement", result.nanosPerPlacement()),
                new Part("cpuNanosPerPlacement", result.cpuNanosPerPlacement()),
                new Part("bytesPerPlacement", result.bytesPerPlacement()),
                new Part("placements", result.placements()),
                new Part("agents", agents),
                new Part("roles", roles),
                new Part("constraints", constraints),
                new Part("policy", policy.name()),
                new Part("rounds", rounds)));
    }
}
