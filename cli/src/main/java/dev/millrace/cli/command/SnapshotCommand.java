package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.client.ClusterConfig;
import dev.millrace.streams.recover.SchedulerGroup;
import dev.millrace.streams.replay.Follower;
import dev.millrace.streams.replay.Replayer;
import dev.millrace.streams.replay.SnapshotFile;
import dev.millrace.streams.replay.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Groups what is about snapshots. */
@Command(
        name = "snapshot",
        description = {
            "Writes and lists snapshots of the scheduler's state. They are made by replaying the journal beside the scheduler, never by the"
                    + " scheduler itself, and let replays begin later than at the beginning of time."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  millrace snapshot follow /var/lib/millrace/snapshots --interval 1h --keep 48",
            "  millrace snapshot list /var/lib/millrace/snapshots"
        })
final class SnapshotCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private SnapshotCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new SnapshotCommand())
                .addSubcommand(new Follow(context))
                .addSubcommand(new Take(context))
                .addSubcommand(new ListSnapshots(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    private static Follower follower(
            ClusterConfig config, Path directory, Follower.Settings settings, CommandContext context) {
        return new Replayer(config.topics(), config.consumerProperties(), Optional.of(new Snapshots(directory)))
                .follow(settings, file -> {
                    context.terminal().out().println(line(file));
                    context.terminal().out().flush();
                });
    }

    private static String line(SnapshotFile file) {
        return "partition " + file.partition() + ": " + file.records() + " records as of " + file.wall() + ", after "
                + file.inputs() + " inputs, in " + file.path();
    }

    private static CommandFailure failure(Path directory, IOException e) {
        return new CommandFailure("cannot write snapshots into " + directory + ": " + FileFailures.why(e), e);
    }

    /** Follows the journal. */
    @Command(
            name = "follow",
            description = {
                "Replays the journal as it grows, compares it with what the scheduler decided, and writes snapshots, until Ctrl-C. Goes on"
                        + " from the newest ones when it is started again. Ends if anything does not come out as it was."
            },
            footer = {"", "Example:", "  millrace snapshot follow /var/lib/millrace/snapshots --interval 1h --keep 48"})
    static final class Follow implements Callable<Integer> {
        private static final Duration POLL = Duration.ofSeconds(1);

        private final CommandContext context;

        @Parameters(paramLabel = "DIR", description = "Where the snapshots are; is made if it is missing.")
        private Path directory = Path.of("");

        @Option(
                names = "--interval",
                paramLabel = "TIME",
                converter = Converters.Length.class,
                defaultValue = "1h",
                description = "How much time passes from one snapshot to the next (default: ${DEFAULT-VALUE}).")
        private Duration interval = Duration.ofHours(1);

        @Option(
                names = "--keep",
                paramLabel = "N",
                defaultValue = "48",
                description = "How many of each partition are kept (default: ${DEFAULT-VALUE}).")
        private int keep;

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Follow(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            if (keep < 1) {
                throw CommandFailure.usage("--keep: at least 1 must be kept");
            }
            var stop = new CountDownLatch(1);
            Signals.onStop(stop::countDown);
            try (var follower =
                    follower(cluster.cluster(context), directory, new Follower.Settings(interval, keep), context)) {
                do {
                    follower.followOn();
                } while (!stop.await(POLL.toMillis(), TimeUnit.MILLISECONDS));
            } catch (IOException e) {
                throw failure(directory, e);
            }
            return ExitCode.OK;
        }
    }

    /** Writes one snapshot of each partition. */
    @Command(
            name = "take",
            description = {
                "Replays the journal to its last closed block, from the newest snapshots on, and writes new ones of the partitions that have"
                        + " gone on since.",
                "",
                "With --from-stores it writes down what the changelogs hold, without a replay, while all instances of the scheduler are"
                        + " stopped: where what was before can't be replayed, because other rules decided it or because it is gone."
            },
            footer = {"", "Example:", "  millrace snapshot take /var/lib/millrace/snapshots"})
    static final class Take implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(paramLabel = "DIR", description = "Where the snapshots are; is made if it is missing.")
        private Path directory = Path.of("");

        @Option(names = "--from-stores", description = "Take what the changelogs hold; the scheduler must be stopped.")
        private boolean fromStores;

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Take(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            if (fromStores) {
                takeStores(cluster.clusterOfItsOwnBrokers(context, "--from-stores"));
                return ExitCode.OK;
            }
            var settings = new Follower.Settings(Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000), Integer.MAX_VALUE);
            try (var follower = follower(cluster.cluster(context), directory, settings, context)) {
                follower.followOn();
                follower.writeAll();
            } catch (IOException e) {
                throw failure(directory, e);
            }
            return ExitCode.OK;
        }

        private void takeStores(ClusterConfig config) throws InterruptedException {
            context.terminal()
                    .err()
                    .println("Waiting until no scheduler is a member of its group, for up to "
                            + SchedulerGroup.PATIENCE.toSeconds() + " s ...");
            try (var admin = Admin.create(config.adminProperties())) {
                new SchedulerGroup(admin, config.topics()).awaitEmpty();
                new Replayer(config.topics(), config.consumerProperties(), Optional.of(new Snapshots(directory)))
                        .snapshotStores()
                        .forEach(file -> context.terminal().out().println(line(file)));
            } catch (IOException e) {
                throw failure(directory, e);
            }
        }
    }

    /** Lists snapshots. */
    @Command(
            name = "list",
            description = "Lists the snapshots in a directory, and what they are of.",
            footer = {"", "Example:", "  millrace snapshot list /var/lib/millrace/snapshots"})
    static final class ListSnapshots implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(paramLabel = "DIR", description = "Where the snapshots are.")
        private Path directory = Path.of("");

        @Mixin
        private OutputOptions output = new OutputOptions();

        ListSnapshots(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            List<SnapshotFile> files;
            try {
                files = new Snapshots(SnapshotsOption.existing("DIR", directory)).list();
            } catch (IOException e) {
                throw new CommandFailure("cannot read the snapshots in " + directory + ": " + e.getMessage(), e);
            }
            if (output.isJson()) {
                files.forEach(file -> context.terminal().out().println(json(file)));
            } else if (files.isEmpty()) {
                context.terminal().err().println("No snapshots in " + directory + ".");
            } else {
                print(files);
            }
            return ExitCode.OK;
        }

        private static String json(SnapshotFile file) {
            return JsonRecords.line(List.of(
                    new Part("partition", file.partition()),
                    new Part("asOf", file.wall()),
                    new Part("block", file.block()),
                    new Part("inputs", file.inputs()),
                    new Part("records", file.records()),
                    new Part("behaviour", file.behaviour()),
                    new Part("file", file.path().toString())));
        }

        private void print(List<SnapshotFile> files) {
            var now = context.now();
            var table = new Table("PARTITION>", "AS OF", "AGE", "BLOCK>", "INPUTS>", "RECORDS>", "FILE");
            for (var file : files) {
                table.row(
                        Integer.toString(file.partition()),
                        file.wall().toString(),
                        Human.ago(file.wall(), now),
                        Long.toString(file.block()),
                        Long.toString(file.inputs()),
                        Long.toString(file.records()),
                        file.path().getFileName().toString());
            }
            table.print(context.terminal().out());
        }
    }
}
