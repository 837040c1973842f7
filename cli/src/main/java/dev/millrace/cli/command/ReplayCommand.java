package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.streams.replay.ReplayRange;
import dev.millrace.streams.replay.ReplayResult;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Replays the log. */
@Command(
        name = "replay",
        description = {
            "Reads the scheduler's journal, takes the same inputs in the same order, decides anew, and compares what comes out with what"
                    + " came out then, bit by bit. Writes to no topic; the scheduler may run meanwhile.",
            "",
            "Exit code 0: all as it was; 1: something is different, or is no longer there to be compared."
        },
        footer = {"", "Example:", "  millrace replay --verify"})
final class ReplayCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--verify", description = "Compare with the journal's checksums.")
    private boolean verify;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    ReplayCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (!verify) {
            throw CommandFailure.usage("what is to be done with the replay? Say --verify");
        }
        var config = cluster.cluster(context);
        long begunNs = System.nanoTime();
        var result = new Replayer(config.topics(), config.consumerProperties(), Optional.empty())
                .verify(ReplayRange.ALL, ReplayWatcher.NONE);
        var took = Duration.ofNanos(System.nanoTime() - begunNs);
        if (output.isJson()) {
            result.partitions().forEach(partition -> context.terminal().out().println(json(partition)));
        } else {
            print(result, took);
        }
        return result.verified() ? ExitCode.OK : ExitCode.FAILED;
    }

    private static String json(PartitionResult result) {
        return JsonRecords.line(List.of(
                new Part("partition", result.partition()),
                new Part("outcome", result.outcome()),
                new Part("blocks", result.blocks()),
                new Part("inputs", result.inputs()),
                new Part("checksum", checksum(result)),
                new Part("detail", result.detail())));
    }

    private void print(ReplayResult result, Duration took) {
        var style = context.terminal().style();
        var table = new Table("PARTITION>", "OUTCOME", "BLOCKS>", "INPUTS>", "CHECKSUM", "DETAIL");
        for (var partition : result.partitions()) {
            var word = partition.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' ');
            table.row(
                    Integer.toString(partition.partition()),
                    partition.outcome() == Outcome.VERIFIED ? style.good(word) : style.bad(word),
                    Long.toString(partition.blocks()),
                    Long.toString(partition.inputs()),
                    checksum(partition),
                    partition.detail());
        }
        table.print(context.terminal().out());
        context.terminal()
                .out()
                .println((result.verified() ? "Verified: " : "Not verified: ") + result.inputs()
                        + " inputs replayed in " + Human.duration(took) + ".");
    }

    private static String checksum(PartitionResult result) {
        return HexFormat.of().toHexDigits(result.checksum());
    }
}
