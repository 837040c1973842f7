package dev.millrace.cli.command;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.PlacementPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Those of a pool's settings by which it decides who gets what and where, and what is given up. Mutable, for picocli fills it in. */
final class PolicyOptions {
    /** As people type it; picocli takes a Boolean for an option without a value. */
    enum Switch {
        on,
        off
    }

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
            names = "--agent-losses-per-minute",
            paramLabel = "N",
            description =
                    "Of how many unreachable agents the tasks may be given up and replaced within a minute; 0 = no limit.")
    private @Nullable Integer agentLossesPerMinute;

    /** Adds them to a command. */
    ConfigurePool.Builder put(ConfigurePool.Builder command) {
        return command.setMaxTasksPerAgent(maxTasksPerAgent)
                .setPlacement(placement)
                .setPreemption(preemption == null ? null : preemption == Switch.on)
                .setPreemptionGap(preemptionGap)
                .setReclaimDelayMs(millis(reclaimDelay))
                .setHoldAfterMs(millis(holdAfter))
                .setGangHoldMs(millis(gangHold))
                .setAgentLossesPerMinute(agentLossesPerMinute);
    }

    boolean isGiven() {
        return maxTasksPerAgent != null
                || placement != null
                || preemption != null
                || preemptionGap != null
                || reclaimDelay != null
                || holdAfter != null
                || gangHold != null
                || agentLossesPerMinute != null;
    }

    static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis();
    }
}
