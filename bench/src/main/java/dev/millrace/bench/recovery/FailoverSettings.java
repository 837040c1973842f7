package dev.millrace.bench.recovery;

import java.util.List;

/**
 * What is measured.
 *
 * @param victim who is killed
 * @param waitingTasks how many tasks wait in the state meanwhile, of a kind that fits on no agent
 * @param agents how many simulated agents there are
 * @param rounds how often it is killed
 * @param mainClass the class whose {@code main} is {@code millrace}
 * @param schedulerOptions options of {@code millrace scheduler} beside those that it must have
 */
public record FailoverSettings(
        Victim victim, int waitingTasks, int agents, int rounds, String mainClass, List<String> schedulerOptions) {
    public FailoverSettings {
        requireRange("tasks", waitingTasks, 0, 10_000_000);
        requireRange("agents", agents, 1, 20_000);
        requireRange("rounds", rounds, 1, 1_000);
        schedulerOptions = List.copyOf(schedulerOptions);
    }

    static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + ": " + value + " is not between " + least + " and " + most);
        }
    }
}
