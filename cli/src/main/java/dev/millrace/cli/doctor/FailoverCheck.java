package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.Group;
import dev.millrace.cli.output.Human;
import dev.millrace.streams.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;

/** How long nothing is decided when a scheduler or a broker is lost, as it follows from the settings. */
final class FailoverCheck {
    private static final String CHECK = "failover";
    /** From here on somebody will have noticed. */
    private static final long LONG_SESSION_MS = 30_000;

    private FailoverCheck() {}

    static List<Finding> findings(Group group, List<Broker> brokers, List<FoundTopic> topics, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        findings.add(killed(group, topics, asked));
        long readersMs = SchedulerConfig.TRANSACTION_TIMEOUT.toMillis()
                + most(brokers, "transaction.abort.timed.out.transaction.cleanup.interval.ms");
        findings.add(Finding.ok(
                CHECK,
                "if no scheduler goes on after one was killed, readers of its topics wait for its last transaction for up to "
                        + Words.length(readersMs)));
        long delayMs = most(brokers, "group.initial.rebalance.delay.ms");
        if (delayMs > 0) {
            findings.add(Finding.ok(
                    CHECK,
                    "the first scheduler of all waits " + Words.length(delayMs)
                            + " for others before it begins (group.initial.rebalance.delay.ms)"));
        }
        if (brokers.size() > 1) {
            findings.add(Finding.ok(
                    CHECK,
                    "a broker that is killed: another one leads its partitions after "
                            + Words.length(most(brokers, "broker.session.timeout.ms"))));
        }
        return findings;
    }

    private static Finding killed(Group group, List<FoundTopic> topics, Asked asked) {
        long sessionMs = asked.sessionTimeout().toMillis();
        String session = Words.length(sessionMs);
        if (group.instances().size() > 1) {
            String found =
                    "a scheduler that is killed: another one goes on with its pools after the session timeout of "
                            + session
                            + " and, without a standby that has caught up, after reading the changelogs; one that is"
                            + " closed: without that timeout";
            return sessionMs > LONG_SESSION_MS
                    ? Finding.warn(
                            CHECK,
                            found,
                            "nothing is decided for so long",
                            asked.millrace("scheduler --session-timeout 6s") + " …")
                    : Finding.ok(CHECK, found);
        }
        long bytes = topics.stream()
                .filter(topic -> topic.topic().isEmpty())
                .mapToLong(FoundTopic::bytes)
                .sum();
        return Finding.ok(
                CHECK,
                "a scheduler that is killed: goes on when it is started again on its state directory and has read "
                        + Human.bytes(bytes) + " of changelogs",
                "started in another directory under another name it waits for the session timeout of " + session
                        + " first; a second scheduler would go on after that");
    }

    private static long most(List<Broker> brokers, String setting) {
        return brokers.stream()
                .mapToLong(broker -> broker.number(setting).orElse(0))
                .max()
                .orElse(0);
    }
}
