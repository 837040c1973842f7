package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.output.Human;
import dev.millrace.streams.topology.SchedulerTopology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether the changelogs keep the scheduler's state, and stay small enough to be read soon. */
final class ChangelogsCheck {
    private static final String CHECK = "changelogs";

    private ChangelogsCheck() {}

    static List<Finding> findings(List<FoundTopic> topics, Asked asked) {
        List<FoundTopic> changelogs =
                topics.stream().filter(topic -> topic.topic().isEmpty()).toList();
        if (changelogs.isEmpty()) {
            return List.of(Finding.ok(CHECK, "none yet: no scheduler has run"));
        }
        List<Finding> findings = new ArrayList<>();
        for (FoundTopic changelog : changelogs) {
            Map<String, String> wanted = SchedulerTopology.changelogConfig(changelog.leastReplicas());
            wanted.forEach((setting, value) -> {
                String actual = changelog.settings().getOrDefault(setting, "");
                if (!actual.equals(value)) {
                    findings.add(finding(changelog, setting, actual, value, asked));
                }
            });
        }
        if (findings.isEmpty()) {
            long bytes = changelogs.stream().mapToLong(FoundTopic::bytes).sum();
            findings.add(Finding.ok(
                    CHECK,
                    Words.count(changelogs.size(), "changelog") + ", compacted, " + Human.bytes(bytes) + " in all"));
        }
        return findings;
    }

    private static Finding finding(FoundTopic changelog, String setting, String actual, String value, Asked asked) {
        String found = changelog.name() + " has " + setting + "=" + actual + ", not " + value;
        String remedy = asked.setForTopic(changelog.name(), setting + "=" + value);
        return setting.equals("cleanup.policy")
                ? Finding.fail(CHECK, found, "old state is deleted, and with it tasks and agents", remedy)
                : Finding.warn(
                        CHECK,
                        found,
                        "it grows, and to read it after a crash takes longer, or it is less safe",
                        remedy);
    }
}
