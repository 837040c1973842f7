package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.client.TopicAdmin;
import dev.millrace.client.TopicAdmin.TopicInfo;
import dev.millrace.contract.KeyValue;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A cluster's topics: made, listed and checked from the one catalogue of them. */
@Command(
        name = "topics",
        description = "The cluster's topics, as the catalogue has them.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  millrace topics create --bootstrap-server kafka:9092 --partitions 16 --replication-factor 3",
            "  millrace topics check --bootstrap-server kafka:9092"
        })
final class TopicsCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private TopicsCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new TopicsCommand())
                .addSubcommand(new Create(context))
                .addSubcommand(new ListAll(context))
                .addSubcommand(new Check(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    /** Makes the topics that are missing. */
    @Command(
            name = "create",
            description =
                    "Makes the topics that are missing, and publishes the schemas; topics that are there stay as they are. May be"
                            + " repeated.",
            footer = {
                "",
                "Example:",
                "  millrace topics create --bootstrap-server kafka:9092 --partitions 16 --replication-factor 3"
            })
    static final class Create implements Callable<Integer> {
        private final CommandContext context;

        @Option(
                names = "--partitions",
                paramLabel = "N",
                defaultValue = "16",
                description =
                        "How many partitions the topics get that are partitioned by pool; it can't be changed later (default:"
                                + " ${DEFAULT-VALUE}).")
        private int partitions;

        @Option(
                names = "--replication-factor",
                paramLabel = "N",
                defaultValue = "1",
                description =
                        "How many brokers keep each record (default: ${DEFAULT-VALUE}; 3 where there are three brokers).")
        private int replicationFactor;

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Create(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            requireRange("--partitions", partitions, 1000);
            requireRange("--replication-factor", replicationFactor, 10);
            try (var admin = new TopicAdmin(cluster.cluster(context))) {
                var made = admin.create(partitions, replicationFactor);
                made.forEach(name -> context.terminal().out().println("made " + name));
                if (made.isEmpty()) {
                    context.terminal().out().println("all topics are there already");
                }
            }
            return ExitCode.OK;
        }

        private static void requireRange(String option, int value, int most) {
            if (value < 1 || value > most) {
                throw CommandFailure.usage(option + " must be 1 to " + most + ", not " + value);
            }
        }
    }

    /** Lists the topics. */
    @Command(
            name = "list",
            description = "Lists the topics of the catalogue as they are on the brokers.",
            footer = {"", "Example:", "  millrace topics list -o json"})
    static final class ListAll implements Callable<Integer> {
        private final CommandContext context;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        ListAll(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            List<TopicInfo> topics;
            try (var admin = new TopicAdmin(cluster.cluster(context))) {
                topics = admin.list();
            }
            if (output.isJson()) {
                topics.forEach(topic -> context.terminal().out().println(json(topic)));
            } else {
                print(topics);
            }
            return ExitCode.OK;
        }

        private static String json(TopicInfo topic) {
            var settings = topic.settings().entrySet().stream()
                    .map(setting -> new KeyValue(setting.getKey(), setting.getValue()))
                    .toList();
            return JsonRecords.line(List.of(
                    new Part("name", topic.name()),
                    new Part("exists", topic.exists()),
                    new Part("partitions", topic.partitions()),
                    new Part("replicationFactor", topic.replicationFactor()),
                    new Part("settings", settings)));
        }

        private void print(List<TopicInfo> topics) {
            var table = new Table("TOPIC", "PARTITIONS>", "REPLICAS>", "KEY", "CARRIES");
            for (var topic : topics) {
                table.row(
                        topic.name(),
                        topic.exists() ? Integer.toString(topic.partitions()) : "missing",
                        topic.exists() ? Integer.toString(topic.replicationFactor()) : "-",
                        topic.topic().key().name().toLowerCase(Locale.ROOT),
                        topic.topic().types().stream().map(Class::getSimpleName).collect(Collectors.joining(", ")));
            }
            table.print(context.terminal().out());
        }
    }

    /** Compares the topics with the catalogue. */
    @Command(
            name = "check",
            description =
                    "Compares the topics with the catalogue: partitions, cleanup, retention, timestamps, sizes. Exit code 1 if"
                            + " something differs.",
            footer = {
                "",
                "Examples:",
                "  millrace topics check --bootstrap-server kafka:9092",
                "  millrace topics check -o json     an object for each difference, nothing if there is none"
            })
    static final class Check implements Callable<Integer> {
        private final CommandContext context;

        @Option(
                names = "--partitions",
                paramLabel = "N",
                description =
                        "How many partitions the cluster was to have been made with (default: as many as task-requests has).")
        private @Nullable Integer partitions;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Check(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            var config = cluster.cluster(context);
            try (var admin = new TopicAdmin(config)) {
                var differences = admin.check(partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions));
                differences.forEach(difference -> context.terminal()
                        .out()
                        .println(
                                output.isJson()
                                        ? JsonRecords.line(List.of(new Part("difference", difference)))
                                        : difference));
                if (!differences.isEmpty()) {
                    throw new CommandFailure(
                            differences.size() + (differences.size() == 1 ? " difference" : " differences")
                                    + " from the catalogue; what is missing is made with: "
                                    + config.topics().command("topics create", config.bootstrapServers())
                                    + "   kafka-configs.sh changes settings");
                }
                if (!output.isJson()) {
                    context.terminal().out().println("all topics are as they should be");
                }
            }
            return ExitCode.OK;
        }
    }
}
