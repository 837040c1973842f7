package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.schemas.Topic;
import java.util.ArrayList;
import java.util.List;

/** How long all schedulers may be away before something is lost that nobody has looked at. */
final class RetentionCheck {
    private static final String CHECK = "longest outage";
    private static final long DAY_MS = 86_400_000;

    private RetentionCheck() {}

    static List<Finding> findings(List<FoundTopic> topics, List<Broker> brokers, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        long shortestMs = Long.MAX_VALUE;
        for (FoundTopic topic : topics) {
            if (topic.topic().filter(Topic.inbound()::contains).isEmpty()) {
                continue;
            }
            long keptMs = topic.number("retention.ms");
            shortestMs = Math.min(shortestMs, keptMs < 0 ? Long.MAX_VALUE : keptMs);
            if (topic.number("retention.bytes") >= 0) {
                findings.add(Finding.warn(
                        CHECK,
                        topic.name() + " has retention.bytes=" + topic.number("retention.bytes"),
                        "when much is asked, requests are deleted before they are looked at",
                        asked.setForTopic(topic.name(), "retention.bytes=-1")));
            }
            if (keptMs >= 0 && keptMs < DAY_MS) {
                findings.add(Finding.warn(
                        CHECK,
                        topic.name() + " keeps its records for " + Words.length(keptMs),
                        "if no scheduler runs for so long, requests are lost",
                        asked.setForTopic(
                                topic.name(),
                                "retention.ms="
                                        + topic.topic().orElseThrow().settings().get("retention.ms"))));
            }
        }
        if (findings.isEmpty() && shortestMs > 0) {
            String longest = shortestMs == Long.MAX_VALUE ? "any time" : Words.length(shortestMs);
            findings.add(Finding.ok(
                    CHECK,
                    "schedulers may be away for " + longest + " before a request is deleted that they have not seen",
                    offsets(brokers, shortestMs)));
        }
        return findings;
    }

    /** The state has its own positions, so nothing is done twice, but all that is kept is read once more. */
    private static String offsets(List<Broker> brokers, long shortestMs) {
        long leastMs = brokers.stream()
                .mapToLong(
                        broker -> broker.number("offsets.retention.minutes").orElse(Long.MAX_VALUE / 60_000) * 60_000)
                .min()
                .orElse(Long.MAX_VALUE);
        return leastMs >= shortestMs
                ? ""
                : "after " + Words.length(leastMs)
                        + " the group's offsets are forgotten; all inputs are then read again, and skipped";
    }
}
