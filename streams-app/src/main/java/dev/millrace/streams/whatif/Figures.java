package dev.millrace.streams.whatif;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a pool within a period.
 *
 * @param submitted tasks that were accepted
 * @param started attempts that were placed
 * @param ended tasks that were over
 * @param stillWaiting tasks that were ready to be placed at the end and were not
 * @param stillRunning tasks that were on agents at the end
 * @param waits how long they waited, those that still did included
 * @param preemptions attempts that had to give way
 * @param attemptsLost attempts that went with their agents
 * @param cpus how much of the active agents' processors tasks on them had, over time, from 0 to 1; null = there were none
 * @param memory the same of memory
 * @param gpus the same of GPUs
 * @param fairness the mean over time of Jain's index of the weighted dominant shares of those top-level roles that wait, or have more for their
 *     weight than one that does; from nearly 0 to 1, which is even; null = there never were two such roles
 * @param makespanMs from the beginning of the period until the last task was over; null = some were not
 * @param roles the figures of each role that had tasks, by name
 */
public record Figures(
        long submitted,
        long started,
        long ended,
        long stillWaiting,
        long stillRunning,
        WaitFigures waits,
        long preemptions,
        long attemptsLost,
        @Nullable Double cpus,
        @Nullable Double memory,
        @Nullable Double gpus,
        @Nullable Double fairness,
        @Nullable Long makespanMs,
        List<RoleFigures> roles) {
    public Figures {
        roles = List.copyOf(roles);
    }
}
