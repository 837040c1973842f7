package dev.millrace.cli.command;

import dev.millrace.cli.logging.Logging;
import dev.millrace.streams.SchedulerApp;
import dev.millrace.streams.SchedulerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a scheduler instance. */
@Command(
        name = "scheduler",
        description = {
            "Runs one scheduler instance until SIGTERM. Several instances on the same brokers share the pools among them, and take over"
                    + " from one another. The log goes to standard output."
        },
        footer = {
            "",
            "Example:",
            "  millrace scheduler --bootstrap-server kafka:9092 --state-dir /var/lib/millrace/scheduler"
        })
final class SchedulerCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            required = true,
            description = "A directory of this instance alone, which must survive restarts.")
    private Path stateDir = Path.of("");

    @Option(
            names = "--instance-id",
            paramLabel = "ID",
            description =
                    "The name by which this instance gets its pools back after a restart (default: drawn at the first start, and"
                            + " kept in the state directory).")
    private @Nullable String instanceId;

    @Option(names = "--threads", paramLabel = "N", description = "Stream threads (default: one for each processor).")
    private @Nullable Integer threads;

    @Option(
            names = "--standbys",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "How many other instances keep a copy of each pool's state, to take over without reading it first; costs"
                            + " nothing without other instances (default: ${DEFAULT-VALUE}).")
    private int standbys = SchedulerConfig.DEFAULT_STANDBYS;

    @Option(
            names = "--session-timeout",
            paramLabel = "TIME",
            defaultValue = "6s",
            converter = Converters.Length.class,
            description =
                    "How long an instance may be silent before others take its pools; brokers refuse less than their"
                            + " group.min.session.timeout.ms, 6s unless configured (default: ${DEFAULT-VALUE}).")
    private Duration sessionTimeout = SchedulerConfig.DEFAULT_SESSION_TIMEOUT;

    @Option(
            names = "--tick-interval",
            paramLabel = "TIME",
            defaultValue = "250ms",
            converter = Converters.Length.class,
            description = "How often each partition's clocks move (default: ${DEFAULT-VALUE}).")
    private Duration tickInterval = SchedulerConfig.DEFAULT_TICK_INTERVAL;

    @Option(
            names = "--commit-interval",
            paramLabel = "TIME",
            defaultValue = "20ms",
            converter = Converters.Length.class,
            description = "How long inputs are gathered into one transaction; more is slower and costs less (default:"
                    + " ${DEFAULT-VALUE}).")
    private Duration commitInterval = SchedulerConfig.DEFAULT_COMMIT_INTERVAL;

    @Mixin
    private AcceptTopicsOption acceptedTopics = new AcceptTopicsOption();

    SchedulerCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var config = config();
        Logging.toStandardOutput();
        var asked = new CompletableFuture<Optional<String>>();
        Signals.onStop(() -> asked.complete(Optional.empty()));
        try (var app = new SchedulerApp(config)) {
            app.start();
            CompletableFuture<?> unused = app.stopped().thenAccept(asked::complete);
            asked.join().ifPresent(why -> {
                throw new CommandFailure(why);
            });
        }
        return ExitCode.OK;
    }

    private SchedulerConfig config() {
        try {
            return new SchedulerConfig(
                    connection.namedBootstrapServers(context),
                    connection.topics(),
                    stateDir,
                    Optional.ofNullable(instanceId),
                    threads == null ? Runtime.getRuntime().availableProcessors() : threads,
                    standbys,
                    sessionTimeout,
                    tickInterval,
                    commitInterval,
                    acceptedTopics.ids(),
                    connection.kafkaProperties());
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }
}
