package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.Group;
import dev.millrace.cli.output.Human;
import dev.millrace.streams.SchedulerConfig;
import java.util.List;

/** How long nothing is decided when a scheduler or a broker is lost, as it follows from the settings. */
final class FailoverCheck {
    private static final String CHECK = "failover";
    /** From here on somebody will have noticed. */
    private static final long LONG_SESSION_MS = 30_000;

    private FailoverCheck() {}

    static List<Finding> findings(Group group, List<Broker> brokers, List<FoundTopic> topics, Asked asked) {
        long sessionMs = asked.sessionTimeout().toMillis();
        String session = Words.length(sessionMs);
        long state = topics.stream()
                .filter(topic -> topic.topic().isEmpty())
                .mapToLong(FoundTopic::bytes)
                .sum();
        String takeover = group.instances().size() > 1
                ? "a scheduler that is killed: its standby goes on after " + session + ", one that is closed: at once"
                : "a scheduler that is killed: when it is started again and has read " + Human.bytes(state)
                        + " of state, for which it need not wait if that is on the same state directory; with a second scheduler: after "
                        + session;
        long readersMs = SchedulerConfig.TRANSACTION_TIMEOUT.toMillis()
                + most(brokers, "transaction.abort.timed.out.transaction.cleanup.interval.ms");
        String readers =
                "; if none goes on, readers wait for its last transaction for up to " + Words.length(readersMs);
        String broker = brokers.size() > 1
                ? "; a broker that is killed: another one leads after "
                        + Words.length(most(brokers, "broker.session.timeout.ms"))
                : "";
        String found = takeover + readers + broker;
        return List.of(
                sessionMs > LONG_SESSION_MS
                        ? Finding.warn(
                                CHECK,
                                found,
                                "nothing is decided for so long",
                                "millrace scheduler --session-timeout 6s …")
                        : Finding.ok(CHECK, found));
    }

    private static long most(List<Broker> brokers, String setting) {
        return brokers.stream()
                .mapToLong(broker -> broker.number(setting).orElse(0))
                .max()
                .orElse(0);
    }
}
