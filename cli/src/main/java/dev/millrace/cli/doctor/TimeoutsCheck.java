package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.streams.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;

/** Whether the brokers take the timeouts that the schedulers ask for. */
final class TimeoutsCheck {
    private static final String CHECK = "timeouts";

    private TimeoutsCheck() {}

    static List<Finding> findings(List<Broker> brokers, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        long sessionMs = asked.sessionTimeout().toMillis();
        long transactionMs = SchedulerConfig.TRANSACTION_TIMEOUT.toMillis();
        for (Broker broker : brokers) {
            long least = broker.number("group.min.session.timeout.ms").orElse(0);
            long most = broker.number("group.max.session.timeout.ms").orElse(Long.MAX_VALUE);
            if (sessionMs < least || sessionMs > most) {
                findings.add(Finding.fail(
                        CHECK,
                        "broker " + broker.id() + " takes session timeouts of " + Words.length(least) + " to "
                                + Words.length(most) + ", not " + Words.length(sessionMs),
                        "no scheduler can join its group",
                        asked.millrace("scheduler --session-timeout "
                                        + Words.length(Math.max(least, Math.min(most, sessionMs))))
                                + " …, or in the broker's configuration: group.min.session.timeout.ms=" + sessionMs));
            }
            long longest = broker.number("transaction.max.timeout.ms").orElse(Long.MAX_VALUE);
            if (transactionMs > longest) {
                findings.add(Finding.fail(
                        CHECK,
                        "broker " + broker.id() + " takes transactions of " + Words.length(longest) + ", not of "
                                + Words.length(transactionMs),
                        "no scheduler can begin one",
                        "in the broker's configuration: transaction.max.timeout.ms=" + transactionMs + " or more"));
            }
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok(
                    CHECK,
                    "session " + Words.length(sessionMs) + ", transaction " + Words.length(transactionMs)
                            + ": all brokers take them"));
        }
        return findings;
    }
}
