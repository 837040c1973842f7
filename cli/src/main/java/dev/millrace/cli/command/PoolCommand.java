package dev.millrace.cli.command;

import dev.millrace.client.MillraceClient;
import dev.millrace.contract.ConfigurePool;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A pool's settings. */
@Command(
        name = "pool",
        description = "The settings of pools.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  millrace pool set default --unreachable-timeout 1m"})
final class PoolCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private PoolCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new PoolCommand()).addSubcommand(new Set(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    /** Changes settings. */
    @Command(
            name = "set",
            description =
                    "Changes a pool's settings; what is not named stays as it is. They are part of the log, so a replay knows them"
                            + " too. A change that the scheduler refuses is on the topic decisions.",
            footer = {"", "Example:", "  millrace pool set default --unreachable-timeout 1m --ended-horizon 6h"})
    static final class Set implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(paramLabel = "POOL", description = "The pool.")
        private String pool = "";

        @Option(
                names = "--heartbeat-interval",
                paramLabel = "TIME",
                converter = Converters.Length.class,
                description = "How often agents send a heartbeat.")
        private @Nullable Duration heartbeatInterval;

        @Option(
                names = "--lease",
                paramLabel = "TIME",
                converter = Converters.Length.class,
                description =
                        "For how long after its last heartbeat an agent may start tasks; at least two heartbeat intervals.")
        private @Nullable Duration lease;

        @Option(
                names = "--unreachable-timeout",
                paramLabel = "TIME",
                converter = Converters.Length.class,
                description = "After so long without a heartbeat an agent is unreachable; at least 1.25 leases.")
        private @Nullable Duration unreachableTimeout;

        @Option(
                names = "--ended-horizon",
                paramLabel = "TIME",
                converter = Converters.Length.class,
                description = "For how long an ended task is remembered.")
        private @Nullable Duration endedHorizon;

        @Option(
                names = "--ended-horizon-tasks",
                paramLabel = "N",
                description = "How many ended tasks are remembered at the most.")
        private @Nullable Integer endedHorizonTasks;

        @Option(
                names = "--max-tasks-per-agent",
                paramLabel = "N",
                description = "How many attempts one agent may have.")
        private @Nullable Integer maxTasksPerAgent;

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Set(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            var command = new ConfigurePool(
                    pool,
                    millis(heartbeatInterval),
                    millis(lease),
                    millis(unreachableTimeout),
                    millis(endedHorizon),
                    endedHorizonTasks,
                    maxTasksPerAgent,
                    context.principal());
            try (var client = new MillraceClient(cluster.cluster(context))) {
                client.configure(command).join();
            }
            context.terminal().out().println("sent to pool " + pool);
            return ExitCode.OK;
        }

        private static @Nullable Long millis(@Nullable Duration duration) {
            return duration == null ? null : duration.toMillis();
        }
    }
}
