package dev.millrace.cli.doctor;

import dev.millrace.schemas.Topic;
import java.util.List;

/** Whether the scheduler failed on inputs and had to skip them. */
final class DeadLettersCheck {
    private static final String CHECK = "dead letters";

    private DeadLettersCheck() {}

    static List<Finding> findings(long poison, Asked asked) {
        if (poison == 0) {
            return List.of(Finding.ok(CHECK, "none on which the scheduler failed"));
        }
        return List.of(Finding.warn(
                CHECK,
                "the scheduler failed twice on " + Words.count(poison, "input") + " and skipped "
                        + (poison == 1 ? "it" : "them"),
                "what was asked with " + (poison == 1 ? "it" : "them")
                        + " is not done; that is a fault of the scheduler's," + " or it has too little memory",
                "see " + asked.topics().name(Topic.DEAD_LETTERS) + " for which they are, the scheduler's log for why,"
                        + " and submit them again"));
    }
}
