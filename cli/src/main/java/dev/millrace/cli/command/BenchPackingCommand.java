package dev.millrace.cli.command;

import dev.millrace.bench.core.PackingBench;
import dev.millrace.bench.core.PackingLists;
import dev.millrace.bench.core.PackingRun;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.JsonRecords.Parts;
import dev.millrace.cli.output.Table;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how full the GPUs of a cluster get. */
@Command(
        name = "packing",
        description = {
            "Measures how full a placement policy gets the GPUs of a cluster. Tasks are drawn from the list, with replacement, until they ask for"
                    + " --ratio times the GPUs that the nodes have, and are submitted one after the other in random order; none ever ends, and one"
                    + " that does not fit is passed over. The scheduler's core decides, without a cluster.",
            "",
            "Nodes have the columns sn, cpu_milli, memory_mib, gpu and model; tasks have cpu_milli, memory_mib, num_gpu, gpu_milli and, if they"
                    + " want, gpu_spec: the models that will do, with | between them. Columns are found by the names in the first line."
        },
        footer = {
            "",
            "Example:",
            "  millrace bench packing --nodes nodes.csv --pods tasks.csv --policy fragmentation -o json"
        })
final class BenchPackingCommand implements Callable<Integer> {
    private static final int MOST_SEEDS = 1_000;
    private static final double MOST_RATIO = 100;

    private final CommandContext context;

    @Option(names = "--nodes", required = true, paramLabel = "FILE", description = "The nodes, as CSV.")
    private Path nodes = Path.of("nodes.csv");

    @Option(names = "--pods", required = true, paramLabel = "FILE", description = "The tasks, as CSV.")
    private Path pods = Path.of("pods.csv");

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            defaultValue = "fragmentation",
            description = "binpack, spread or fragmentation (default: ${DEFAULT-VALUE}).")
    private BenchPolicy policy = BenchPolicy.fragmentation;

    @Option(
            names = "--ratio",
            paramLabel = "R",
            defaultValue = "1.3",
            description = "How much GPU the tasks ask for, as a multiple of what there is (default: ${DEFAULT-VALUE}).")
    private double ratio;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many runs, with the seeds 1 to N (default: ${DEFAULT-VALUE}).")
    private int seeds;

    @Mixin
    private OutputOptions output = new OutputOptions();

    BenchPackingCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (seeds < 1 || seeds > MOST_SEEDS) {
            throw CommandFailure.usage("--seeds must be 1 to " + MOST_SEEDS + ", not " + seeds);
        }
        if (!(ratio > 0 && ratio <= MOST_RATIO)) {
            throw CommandFailure.usage(
                    "--ratio must be more than 0 and at most " + (int) MOST_RATIO + ", not " + ratio);
        }
        var bench = new PackingBench(lists(), policy.contract(), ratio);
        var runs = new ArrayList<PackingRun>();
        for (int seed = 1; seed <= seeds; seed++) {
            runs.add(bench.run(seed));
        }
        if (output.isJson()) {
            context.terminal().out().println(json(runs));
        } else {
            print(runs);
        }
        return ExitCode.OK;
    }

    private PackingLists lists() {
        for (var file : List.of(nodes, pods)) {
            if (!file.toFile().canRead()) {
                throw CommandFailure.usage(
                        "cannot read " + file + (file.toFile().exists() ? "" : ": it does not exist"));
            }
        }
        try {
            return PackingLists.read(nodes, pods);
        } catch (IOException e) {
            throw new CommandFailure("cannot read " + nodes + " and " + pods + ": " + FileFailures.why(e), e);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private void print(List<PackingRun> runs) {
        var out = context.terminal().out();
        var percents = percents(runs);
        out.println(String.format(
                Locale.ROOT,
                "%s: %.2f %% of the GPUs are allocated, the mean of %d runs, from %.2f %% to %.2f %%",
                policy,
                percents.getAverage(),
                runs.size(),
                percents.getMin(),
                percents.getMax()));
        var table = new Table("SEED>", "GPU %>", "PLACED>", "SKIPPED>");
        for (var run : runs) {
            table.row(
                    Long.toString(run.seed()),
                    String.format(Locale.ROOT, "%.2f", run.gpuPercent()),
                    Integer.toString(run.placed()),
                    Integer.toString(run.skipped()));
        }
        table.print(out);
    }

    private String json(List<PackingRun> runs) {
        var percents = percents(runs);
        var bySeed = new ArrayList<Parts>();
        for (var run : runs) {
            bySeed.add(new Parts(List.of(
                    new Part("seed", run.seed()),
                    new Part("gpuPercent", percent(run.gpuPercent())),
                    new Part("placed", run.placed()),
                    new Part("skipped", run.skipped()))));
        }
        return JsonRecords.line(List.of(
                new Part("policy", policy.name()),
                new Part("ratio", BigDecimal.valueOf(ratio)),
                new Part("meanGpuPercent", percent(percents.getAverage())),
                new Part("minGpuPercent", percent(percents.getMin())),
                new Part("maxGpuPercent", percent(percents.getMax())),
                new Part("runs", bySeed)));
    }

    private static DoubleSummaryStatistics percents(List<PackingRun> runs) {
        return runs.stream().mapToDouble(PackingRun::gpuPercent).summaryStatistics();
    }

    private static BigDecimal percent(double percent) {
        return BigDecimal.valueOf(percent).setScale(3, RoundingMode.HALF_UP);
    }
}
