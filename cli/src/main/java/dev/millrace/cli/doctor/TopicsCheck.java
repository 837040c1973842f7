package dev.millrace.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a scheduler starts on the topics, and how else they differ from the catalogue. */
final class TopicsCheck {
    private static final String CHECK = "topics";

    private TopicsCheck() {}

    static List<Finding> findings(Optional<String> refusal, List<String> differences, Asked asked) {
        if (refusal.isPresent()) {
            // It says itself what to type.
            return List.of(Finding.fail(CHECK, refusal.get(), "no scheduler starts", ""));
        }
        // How long records are kept is looked at by its own check.
        List<String> others = differences.stream()
                .filter(difference -> !difference.contains(" has retention.ms="))
                .toList();
        List<Finding> findings = new ArrayList<>();
        for (String difference : others) {
            findings.add(Finding.warn(
                    CHECK,
                    difference,
                    "the scheduler works, but not as it was tested",
                    asked.setForTopic("TOPIC", "SETTING=VALUE")));
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok(CHECK, "all there, with the partitions and settings that the scheduler needs"));
        }
        return findings;
    }
}
