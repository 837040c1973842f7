package dev.millrace.core;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.state.PoolSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a pool's settings are changed, and what must hold between them. */
final class SettingsRules {
    private SettingsRules() {}

    /** The settings with what the command changes. */
    static PoolSettings applied(PoolSettings settings, ConfigurePool command) {
        return new PoolSettings(
                either(command.getHeartbeatIntervalMs(), settings.getHeartbeatIntervalMs()),
                either(command.getLeaseMs(), settings.getLeaseMs()),
                either(command.getUnreachableTimeoutMs(), settings.getUnreachableTimeoutMs()),
                either(command.getEndedHorizonMs(), settings.getEndedHorizonMs()),
                either(command.getEndedHorizonTasks(), settings.getEndedHorizonTasks()),
                either(command.getMaxTasksPerAgent(), settings.getMaxTasksPerAgent()),
                either(command.getPlacement(), settings.getPlacement()),
                either(command.getPreemptionGap(), settings.getPreemptionGap()),
                either(command.getPreemption(), settings.getPreemption()),
                either(command.getReclaimDelayMs(), settings.getReclaimDelayMs()),
                either(command.getHoldAfterMs(), settings.getHoldAfterMs()),
                either(command.getGangHoldMs(), settings.getGangHoldMs()),
                either(command.getOfferTimeoutMs(), settings.getOfferTimeoutMs()),
                either(command.getMinOfferCpuMillis(), settings.getMinOfferCpuMillis()),
                either(command.getMinOfferMemMib(), settings.getMinOfferMemMib()),
                either(command.getFrameworkCallsPerSecond(), settings.getFrameworkCallsPerSecond()),
                either(command.getAgentLossesPerMinute(), settings.getAgentLossesPerMinute()));
    }

    /** What does not hold between the settings, in words; each by itself has been validated. */
    static List<String> faults(PoolSettings settings) {
        List<String> faults = new ArrayList<>();
        if (settings.getLeaseMs() < 2 * settings.getHeartbeatIntervalMs()) {
            faults.add("leaseMs " + settings.getLeaseMs() + " must be at least twice heartbeatIntervalMs "
                    + settings.getHeartbeatIntervalMs());
        }
        if (settings.getUnreachableTimeoutMs() * 4 < settings.getLeaseMs() * 5) {
            faults.add("unreachableTimeoutMs " + settings.getUnreachableTimeoutMs()
                    + " must be at least 1.25 times leaseMs " + settings.getLeaseMs());
        }
        return faults;
    }

    private static <T> T either(@Nullable T changed, T before) {
        return Objects.requireNonNullElse(changed, before);
    }
}
