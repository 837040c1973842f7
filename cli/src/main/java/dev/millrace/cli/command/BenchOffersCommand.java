package dev.millrace.cli.command;

import dev.millrace.bench.OfferBench;
import dev.millrace.bench.OfferResult;
import dev.millrace.bench.OfferSettings;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how soon what becomes free is offered. */
@Command(
        name = "offers",
        description = {
            "Measures how long it takes from a task's end to its framework's having the offer of what the task had, with simulated agents in this"
                    + " process that have room for one task each. Runs on the cluster that --bootstrap-server names, else on one of its own in this"
                    + " process."
        },
        footer = {"", "Example:", "  millrace bench offers --agents 100 --tasks 5000 -o json"})
final class BenchOffersCommand implements Callable<Integer> {
    private final CommandContext context;
    private final BenchRun run;

    @Option(
            names = "--agents",
            paramLabel = "N",
            defaultValue = "100",
            description = "Simulated agents (default: ${DEFAULT-VALUE}).")
    private int agents;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "5000",
            description = "Tasks whose ends are measured (default: ${DEFAULT-VALUE}).")
    private int tasks;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Tasks before them that are not measured (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--run-time",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = Converters.Length.class,
            description = "How long a task runs on average, 1 ms to 10 min (default: ${DEFAULT-VALUE}).")
    private Duration runTime = Duration.ZERO;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    BenchOffersCommand(CommandContext context) {
        this.context = context;
        this.run = new BenchRun(context);
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        OfferSettings settings;
        try {
            settings = new OfferSettings("bench", agents, tasks, warmUp, runTime);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
        var result = run.measure(connection, 0, cluster -> new OfferBench(cluster, settings, run::progress).run());
        if (result.isEmpty()) {
            return ExitCode.INTERRUPTED;
        }
        if (output.isJson()) {
            context.terminal().out().println(json(result.get()));
        } else {
            print(result.get());
        }
        return ExitCode.OK;
    }

    private void print(OfferResult result) {
        var out = context.terminal().out();
        out.println(result.settings().tasks() + " tasks on " + result.settings().agents() + " simulated agents in "
                + Human.duration(result.took()));
        var table = BenchRun.table();
        BenchRun.row(table, "end of a task to offer", result.freeToOffer());
        BenchRun.row(table, "accept to running", result.acceptToRunning());
        table.print(out);
    }

    private static String json(OfferResult result) {
        return JsonRecords.line(List.of(
                new Part("freeToOfferMs", BenchRun.json(result.freeToOffer())),
                new Part("acceptToRunningMs", BenchRun.json(result.acceptToRunning())),
                new Part("tasks", result.settings().tasks()),
                new Part("agents", result.settings().agents()),
                new Part("runTimeMs", result.settings().runTime().toMillis()),
                new Part("tookMs", result.took().toMillis())));
    }
}
