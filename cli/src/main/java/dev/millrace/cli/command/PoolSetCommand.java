package dev.millrace.cli.command;

import dev.millrace.client.ReadModel;
import dev.millrace.contract.ConfigurePool;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes a pool's settings. */
@Command(
        name = "set",
        description =
                "Changes a pool's settings; what is not named stays as it is. They are part of the log, so a replay knows them too.",
        footer = {
            "",
            "Examples:",
            "  millrace pool set default --unreachable-timeout 1m --ended-horizon 6h",
            "  millrace pool set default --placement spread --preemption off"
        })
final class PoolSetCommand implements Callable<Integer> {
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

    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Option(
            names = "--offer-timeout",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description = "How long an offer to a framework stands before it is taken back.")
    private @Nullable Duration offerTimeout;

    @Option(
            names = "--min-offer-cpus",
            paramLabel = "CPUS",
            converter = Converters.Milli.class,
            description = "What has fewer cores than this and less memory than --min-offer-memory is not offered.")
    private @Nullable Long minOfferCpuMillis;

    @Option(
            names = "--min-offer-memory",
            paramLabel = "SIZE",
            converter = Converters.Mib.class,
            description = "What has less memory than this and fewer cores than --min-offer-cpus is not offered.")
    private @Nullable Long minOfferMemMib;

    @Option(
            names = "--framework-calls-per-second",
            paramLabel = "N",
            description = "How many calls a second one framework may make, without heartbeats.")
    private @Nullable Integer frameworkCallsPerSecond;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    PoolSetCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var config = cluster.cluster(context);
        boolean isNew = ReadModel.isNewPool(config, pool);
        int exitCode = Operators.give(context, config, output, "pool " + pool, this::record);
        if (isNew) {
            context.terminal().err().println("millrace pool set: the pool " + pool + " is new; it begins with this");
        }
        return exitCode;
    }

    private ConfigurePool record(String commandId) {
        return policy.put(ConfigurePool.newBuilder())
                .setPool(pool)
                .setHeartbeatIntervalMs(PolicyOptions.millis(heartbeatInterval))
                .setLeaseMs(PolicyOptions.millis(lease))
                .setUnreachableTimeoutMs(PolicyOptions.millis(unreachableTimeout))
                .setEndedHorizonMs(PolicyOptions.millis(endedHorizon))
                .setEndedHorizonTasks(endedHorizonTasks)
                .setOfferTimeoutMs(PolicyOptions.millis(offerTimeout))
                .setMinOfferCpuMillis(minOfferCpuMillis)
                .setMinOfferMemMib(minOfferMemMib)
                .setFrameworkCallsPerSecond(frameworkCallsPerSecond)
                .setPrincipal(context.principal())
                .setCommandId(commandId)
                .build();
    }
}
