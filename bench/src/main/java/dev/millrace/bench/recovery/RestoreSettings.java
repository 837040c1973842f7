package dev.millrace.bench.recovery;

import java.time.Duration;

/**
 * What is measured.
 *
 * @param tasks how many tasks wait in the state
 * @param lifecycles how many others have come and gone
 * @param rounds how often the state is read back each time
 * @param settle how long the broker is given, after the last of them, to compact the changelogs as it does in any cluster
 */
public record RestoreSettings(int tasks, int lifecycles, int rounds, Duration settle) {
    public RestoreSettings {
        FailoverSettings.requireRange("tasks", tasks, 1, 10_000_000);
        FailoverSettings.requireRange("lifecycles", lifecycles, 0, 100_000_000);
        FailoverSettings.requireRange("rounds", rounds, 1, 1_000);
        if (settle.isNegative()) {
            throw new IllegalArgumentException("the time to settle must not be negative");
        }
    }
}
