package dev.millrace.cli.command;

import dev.millrace.bench.recovery.ReplayBench;
import dev.millrace.bench.recovery.ReplayBenchResult;
import dev.millrace.bench.recovery.ReplaySettings;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how fast the log is replayed. */
@Command(
        name = "replay",
        description = {
            "Records a run of many tasks from request to end, then replays it and compares every checksum: with all in memory, and as millrace"
                    + " replay --verify does, from a broker, which is a process of its own. Figures are medians of the rounds."
        },
        footer = {"", "Example:", "  millrace bench replay --inputs 1000000 --rounds 5 -o json"})
final class BenchReplayCommand implements Callable<Integer> {
    private final CommandContext context;
    private final BenchRun run;

    @Option(
            names = "--inputs",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "About how many inputs the log has (default: ${DEFAULT-VALUE}).")
    private int inputs;

    @Option(
            names = "--rounds",
            paramLabel = "R",
            defaultValue = "5",
            description = "How often it is replayed each way (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Mixin
    private OutputOptions output = new OutputOptions();

    BenchReplayCommand(CommandContext context) {
        this.context = context;
        this.run = new BenchRun(context);
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        ReplaySettings settings;
        try {
            settings = new ReplaySettings(inputs, rounds);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
        var result = run.measureApart(
                directory -> new ReplayBench(directory, new Topics(Topics.DEFAULT_PREFIX), settings, run::progress));
        if (result.isEmpty()) {
            return ExitCode.INTERRUPTED;
        }
        context.terminal().out().println(output.isJson() ? json(result.get()) : text(result.get()));
        return ExitCode.OK;
    }

    private static String text(ReplayBenchResult result) {
        return String.format(
                Locale.ROOT,
                "%,d inputs replayed and verified: in memory %,d a second and %,d a second of processor time, from Kafka %,d"
                        + " a second and %,d a second of processor time",
                result.inputs(),
                result.inMemoryPerSecond(),
                result.inMemoryPerProcessorSecond(),
                result.fromKafkaPerSecond(),
                result.fromKafkaPerProcessorSecond());
    }

    private static String json(ReplayBenchResult result) {
        return JsonRecords.line(List.of(
                new Part("inputs", result.inputs()),
                new Part("inMemoryPerSecond", result.inMemoryPerSecond()),
                new Part("fromKafkaPerSecond", result.fromKafkaPerSecond()),
                new Part("inMemoryMs", result.inMemoryMs()),
                new Part("inMemoryPerProcessorSecond", result.inMemoryPerProcessorSecond()),
                new Part("fromKafkaPerProcessorSecond", result.fromKafkaPerProcessorSecond()),
                new Part("fromKafkaMs", result.fromKafkaMs()),
                new Part("inMemoryProcessorMs", result.inMemoryProcessorMs()),
                new Part("fromKafkaProcessorMs", result.fromKafkaProcessorMs())));
    }
}
