package dev.millrace.cli.command;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.PlacementPolicy;
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
    /** As people type it; picocli takes a Boolean for an option without a value. */
    enum Switch {
        on,
        off
    }

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

    @Option(names = "--max-tasks-per-agent", paramLabel = "N", description = "How many attempts one agent may have.")
    private @Nullable Integer maxTasksPerAgent;

    @Option(
            names = "--placement",
            paramLabel = "POLICY",
            converter = Converters.Placement.class,
            description = {
                "How an agent is chosen among those that have room: binpack (the fullest, so that large holes remain), spread (the one"
                        + " with most left over), fragmentation (the one where least becomes useless)."
            })
    private @Nullable PlacementPolicy placement;

    @Option(names = "--preemption", paramLabel = "on|off", description = "Whether tasks give way to others at all.")
    private @Nullable Switch preemption;

    @Option(
            names = "--preemption-gap",
            paramLabel = "N",
            description = "By how much a task's priority must be higher than that of a task that gives way to it.")
    private @Nullable Integer preemptionGap;

    @Option(
            names = "--reclaim-delay",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description =
                    "How long a task within its role's guarantee waits before tasks of roles above theirs give way.")
    private @Nullable Duration reclaimDelay;

    @Option(
            names = "--hold-after",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description = "How long the first task in order waits for room before an agent is held for it.")
    private @Nullable Duration holdAfter;

    @Option(
            names = "--gang-hold",
            paramLabel = "TIME",
            converter = Converters.Length.class,
            description = "For how long agents are held for a gang before they are let go again.")
    private @Nullable Duration gangHold;

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

    @Option(
            names = "--agent-losses-per-minute",
            paramLabel = "N",
            description =
                    "Of how many unreachable agents the tasks may be given up and replaced within a minute; 0 = no limit.")
    private @Nullable Integer agentLossesPerMinute;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    PoolSetCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return Operators.give(context, cluster, output, "pool " + pool, this::record);
    }

    private ConfigurePool record(String commandId) {
        return ConfigurePool.newBuilder()
                .setPool(pool)
                .setHeartbeatIntervalMs(millis(heartbeatInterval))
                .setLeaseMs(millis(lease))
                .setUnreachableTimeoutMs(millis(unreachableTimeout))
                .setEndedHorizonMs(millis(endedHorizon))
                .setEndedHorizonTasks(endedHorizonTasks)
                .setMaxTasksPerAgent(maxTasksPerAgent)
                .setPlacement(placement)
                .setPreemption(preemption == null ? null : preemption == Switch.on)
                .setPreemptionGap(preemptionGap)
                .setReclaimDelayMs(millis(reclaimDelay))
                .setHoldAfterMs(millis(holdAfter))
                .setGangHoldMs(millis(gangHold))
                .setOfferTimeoutMs(millis(offerTimeout))
                .setMinOfferCpuMillis(minOfferCpuMillis)
                .setMinOfferMemMib(minOfferMemMib)
                .setFrameworkCallsPerSecond(frameworkCallsPerSecond)
                .setAgentLossesPerMinute(agentLossesPerMinute)
                .setPrincipal(context.principal())
                .setCommandId(commandId)
                .build();
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis();
    }
}
