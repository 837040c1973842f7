package dev.millrace.cli.command;

import dev.millrace.bench.recovery.RestoreBench;
import dev.millrace.bench.recovery.RestoreResult;
import dev.millrace.bench.recovery.RestoreSettings;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how fast a scheduler reads its state back. */
@Command(
        name = "restore",
        description = {
            "Measures how fast a scheduler that begins with nothing reads the state of a partition back from its changelogs, from the beginning of"
                    + " the reading until it goes on. Each round is a process of its own. The changelogs are written by the scheduler's engine, which"
                    + " is driven without a running cluster.",
            "",
            "With --lifecycles it is measured again after so many other tasks have come and gone, right after the last of them and once more when"
                    + " the broker has had the time to compact the changelogs."
        },
        footer = {"", "Example:", "  millrace bench restore --tasks 100000 --lifecycles 1000000 -o json"})
final class BenchRestoreCommand implements Callable<Integer> {
    private final CommandContext context;
    private final BenchRun run;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Tasks that wait in the state (default: ${DEFAULT-VALUE}).")
    private int tasks;

    @Option(
            names = "--lifecycles",
            paramLabel = "M",
            defaultValue = "0",
            description = "Tasks that have come and gone (default: ${DEFAULT-VALUE}).")
    private int lifecycles;

    @Option(
            names = "--rounds",
            paramLabel = "R",
            defaultValue = "5",
            description = "How often the state is read back each time (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--settle",
            paramLabel = "TIME",
            defaultValue = "4m",
            converter = Converters.Length.class,
            description = "How long the broker is given to compact the changelogs (default: ${DEFAULT-VALUE}).")
    private Duration settle = Duration.ZERO;

    @Mixin
    private OutputOptions output = new OutputOptions();

    BenchRestoreCommand(CommandContext context) {
        this.context = context;
        this.run = new BenchRun(context);
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        RestoreSettings settings;
        try {
            settings = new RestoreSettings(tasks, lifecycles, rounds, settle);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
        var results = run.measureApart(
                directory -> new RestoreBench(directory, new Topics(Topics.DEFAULT_PREFIX), settings, run::progress));
        if (results.isEmpty()) {
            return ExitCode.INTERRUPTED;
        }
        if (output.isJson()) {
            results.get().forEach(result -> context.terminal().out().println(json(result)));
        } else {
            print(results.get());
        }
        return ExitCode.OK;
    }

    private void print(List<RestoreResult> results) {
        var table = new Table("WHEN", "LIFECYCLES>", "STORED>", "READ>", "MS>", "PROCESSOR MS>", "RECORDS/S>");
        for (var result : results) {
            table.row(
                    result.what(),
                    Integer.toString(result.lifecycles()),
                    Long.toString(result.stored()),
                    Long.toString(result.read()),
                    Long.toString(result.medianMs()),
                    Long.toString(result.medianProcessorMs()),
                    Long.toString(result.recordsPerSecond()));
        }
        table.print(context.terminal().out());
    }

    private String json(RestoreResult result) {
        return JsonRecords.line(List.of(
                new Part("when", result.what()),
                new Part("tasks", tasks),
                new Part("lifecycles", result.lifecycles()),
                new Part("stored", result.stored()),
                new Part("read", result.read()),
                new Part("medianMs", result.medianMs()),
                new Part("recordsPerSecond", result.recordsPerSecond()),
                new Part("roundsMs", result.tookMs()),
                new Part("processorMs", result.processorMs())));
    }
}
