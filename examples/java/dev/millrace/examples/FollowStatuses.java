package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.function.Predicate;

/** Reads the status stream of a pool from the beginning. The argument is the cluster's bootstrap servers. */
public final class FollowStatuses {
    private FollowStatuses() {}

    public static void main(String[] args) {
        follow(args[0], status -> {
            System.out.printf(
                    "%s %s attempt %d #%d%n",
                    status.getTaskId(), status.getState(), status.getAttempt(), status.getSequence());
            return true;
        });
    }

    /** Hands each status to the taker until that says false. */
    static void follow(String bootstrapServers, Predicate<TaskStatus> taker) {
        try (StatusStream statuses =
                new StatusStream(ClusterConfig.of(bootstrapServers), "default", Start.beginning())) {
            while (true) {
                for (TaskStatus status : statuses.poll(Duration.ofSeconds(1))) {
                    if (!taker.test(status)) {
                        return;
                    }
                }
            }
        }
    }
}
