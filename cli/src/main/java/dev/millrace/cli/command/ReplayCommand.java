package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.client.ClusterConfig;
import dev.millrace.streams.replay.Difference;
import dev.millrace.streams.replay.PastPartition;
import dev.millrace.streams.replay.ReplayRange;
import dev.millrace.streams.replay.ReplayResult;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import dev.millrace.streams.replay.Replayer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Replays the log. */
@Command(
        name = "replay",
        description = {
            "Reads the scheduler's journal, takes the same inputs in the same order, and decides anew. Writes to no topic; the scheduler may"
                    + " run meanwhile.",
            "",
            "With --verify it compares what comes out with what came out then, bit by bit, and shows the first message that is different.",
            "With --at it opens the state of a past moment, and asks it what COMMAND asks: tasks, task, explain, agents, frameworks, offers,"
                    + " roles or plan, with their own options. Without a command it reads one from each line of standard input.",
            "With --export it writes the state at the beginning, the journal and the inputs into a directory, from which a test can replay"
                    + " them.",
            "",
            "Exit code 0: all as it was; 1: something is different, or is no longer there to be compared."
        },
        footer = {
            "",
            "Examples:",
            "  millrace replay --verify",
            "  millrace replay --verify --snapshots /var/lib/millrace/snapshots --from 2h --to 1h",
            "  millrace replay --at 2026-03-01T08:00:00Z tasks --state running",
            "  millrace replay --at 10m explain licences-k3f9w2/count/0",
            "  millrace replay --export report --from 10m"
        })
final class ReplayCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--verify", description = "Compare with the journal's checksums.")
    private boolean verify;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            converter = Converters.Moment.class,
            description = "Open the state of that time: 2026-03-01T08:00:00Z, or 10m for ten minutes ago.")
    private @Nullable Instant at;

    @Option(
            names = "--export",
            paramLabel = "DIR",
            description = "Write what is needed to replay it elsewhere into a new directory.")
    private @Nullable Path export;

    @Mixin
    private RangeOptions range = new RangeOptions();

    @Mixin
    private SnapshotsOption snapshots = new SnapshotsOption();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "What to ask the state of that time.")
    private List<String> question = new ArrayList<>();

    private ReplayCommand(CommandContext context) {
        this.context = context;
    }

    static CommandLine create(CommandContext context) {
        // What follows the name of the command that asks is that one's.
        return new CommandLine(new ReplayCommand(context)).setStopAtPositional(true);
    }

    @Override
    public Integer call() {
        int toDo = (verify ? 1 : 0) + (at == null ? 0 : 1) + (export == null ? 0 : 1);
        if (toDo != 1) {
            throw CommandFailure.usage(
                    toDo == 0
                            ? "what is to be done with the replay? Say one of --verify, --at and --export"
                            : "--verify, --at and --export exclude each other");
        }
        if (at != null) {
            return ask(at);
        }
        if (!question.isEmpty()) {
            throw CommandFailure.usage("'" + question.get(0) + "' is asked with --at TIME");
        }
        requireNothingIn(export);
        var asked = range.range();
        var config = cluster.cluster(context);
        long begunNs = System.nanoTime();
        var result = replay(snapshots.replayer(config), asked);
        print(result, Duration.ofNanos(System.nanoTime() - begunNs));
        if (range.isGiven() && result.verified() && result.inputs() == 0) {
            // Or whoever verifies by a clock that is wrong would be content for ever.
            throw new CommandFailure("no input was taken within that time");
        }
        return result.verified() ? ExitCode.OK : ExitCode.FAILED;
    }

    private ReplayResult replay(Replayer replayer, ReplayRange asked) {
        try (var progress = new ReplayProgress(context.terminal())) {
            return export == null ? replayer.verify(asked, progress) : replayer.export(asked, export, progress);
        }
    }

    private static void requireNothingIn(@Nullable Path directory) {
        if (directory != null && Files.exists(directory)) {
            throw CommandFailure.usage("--export: " + directory + " is there already; name one that is not");
        }
    }

    private int ask(Instant moment) {
        if (range.isGiven()) {
            throw CommandFailure.usage("--at names one moment; --from and --to go with --verify and --export");
        }
        if (!question.isEmpty()) {
            requireQuestion(question.get(0));
        }
        var config = cluster.cluster(context);
        if (moment.isAfter(context.now())) {
            context.terminal()
                    .err()
                    .println("millrace replay: " + moment + " is yet to come; what follows is the present");
        }
        var past = past(config, moment);
        if (past.wall().equals(Instant.EPOCH)) {
            throw new CommandFailure("nothing had been decided by " + moment);
        }
        var questions = Commands.questions(context.at(past));
        if (!question.isEmpty()) {
            return questions.execute(question.toArray(String[]::new));
        }
        context.terminal()
                .err()
                .println("This is the state of " + past.wall() + ". Ask "
                        + String.join(", ", questions.getSubcommands().keySet()) + "; Ctrl-D ends it.");
        return askEach(questions);
    }

    /** What can't be asked is better said before the replay than after it. */
    private void requireQuestion(String word) {
        var unknown = unknown(word, Commands.questions(context));
        if (unknown.isPresent()) {
            throw CommandFailure.usage(unknown.get());
        }
    }

    /** Says that a question can't be asked, and which can; empty if it can. */
    private static Optional<String> unknown(String word, CommandLine questions) {
        var known = questions.getSubcommands().keySet();
        return known.contains(word)
                ? Optional.empty()
                : Optional.of("'" + word + "' can't be asked of the past; there are " + String.join(", ", known));
    }

    private PastState past(ClusterConfig config, Instant moment) {
        var replayer = snapshots.replayer(config);
        var until = new ReplayRange(Optional.of(moment), Optional.of(moment));
        var partitions = new ArrayList<PastPartition>();
        try (var progress = new ReplayProgress(context.terminal())) {
            int count = replayer.partitions();
            for (int partition = 0; partition < count; partition++) {
                partitions.add(replayer.replay(partition, until, progress));
            }
        }
        return new PastState(partitions);
    }

    /** Asks what each line of standard input asks; the last answer's exit code counts. */
    private int askEach(CommandLine questions) {
        int exitCode = ExitCode.OK;
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    exitCode = askOne(questions, line.strip().split("\\s+"));
                    context.terminal().out().flush();
                }
            }
        } catch (IOException e) {
            throw new CommandFailure("cannot read standard input: " + e.getMessage(), e);
        }
        return exitCode;
    }

    private int askOne(CommandLine questions, String... words) {
        var unknown = words[0].startsWith("-") ? Optional.<String>empty() : unknown(words[0], questions);
        if (unknown.isPresent()) {
            context.terminal().err().println(unknown.get());
            return ExitCode.USAGE;
        }
        return questions.execute(words);
    }

    private void print(ReplayResult result, Duration took) {
        if (output.isJson()) {
            result.partitions().forEach(partition -> context.terminal().out().println(json(partition)));
            return;
        }
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
        result.partitions()
                .forEach(partition ->
                        partition.difference().ifPresent(difference -> print(partition.partition(), difference)));
        context.terminal()
                .out()
                .println((result.verified() ? "Verified: " : "Not verified: ") + result.inputs()
                        + " inputs replayed in " + Human.duration(took) + ".");
    }

    private void print(int partition, Difference difference) {
        var out = context.terminal().out();
        out.println();
        out.println("The first message of partition " + partition + " that is different follows from the input "
                + difference.input() + " and is on " + difference.topic() + ", with the key " + difference.key() + ".");
        out.println("  then: " + (difference.recorded().isEmpty() ? "nothing" : difference.recorded()));
        out.println("  now:  " + (difference.replayed().isEmpty() ? "nothing" : difference.replayed()));
    }

    private static String json(PartitionResult result) {
        return JsonRecords.line(Arrays.asList(
                new Part("partition", result.partition()),
                new Part("outcome", result.outcome()),
                new Part("blocks", result.blocks()),
                new Part("inputs", result.inputs()),
                new Part("checksum", checksum(result)),
                new Part("detail", result.detail()),
                new Part(
                        "difference",
                        result.difference().map(ReplayCommand::parts).orElse(null))));
    }

    private static List<Part> parts(Difference difference) {
        return List.of(
                new Part("input", difference.input()),
                new Part("topic", difference.topic()),
                new Part("key", difference.key()),
                new Part("recorded", difference.recorded()),
                new Part("replayed", difference.replayed()));
    }

    private static String checksum(PartitionResult result) {
        return HexFormat.of().toHexDigits(result.checksum());
    }
}
