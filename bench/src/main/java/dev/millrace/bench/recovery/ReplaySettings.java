package dev.millrace.bench.recovery;

/**
 * What is measured.
 *
 * @param inputs about how many inputs the log has
 * @param rounds how often it is replayed each way
 */
public record ReplaySettings(int inputs, int rounds) {
    public ReplaySettings {
        FailoverSettings.requireRange("inputs", inputs, 1_000, 100_000_000);
        FailoverSettings.requireRange("rounds", rounds, 1, 1_000);
    }
}
