package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.OpenTransaction;
import dev.millrace.cli.output.Human;
import dev.millrace.streams.SchedulerConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Whether a transaction that nobody ends holds readers back. */
final class TransactionsCheck {
    private static final String CHECK = "open transactions";

    private TransactionsCheck() {}

    static List<Finding> findings(List<OpenTransaction> open, List<Broker> brokers, Instant now, Asked asked) {
        long longestMs = brokers.stream()
                .mapToLong(broker -> broker.number("transaction.max.timeout.ms").orElse(0))
                .max()
                .orElse(0);
        // The scheduler's own are over by then, also if a broker looks seldom, and its clock is some seconds off.
        Duration own = SchedulerConfig.TRANSACTION_TIMEOUT.multipliedBy(3);
        Duration anyones = Duration.ofMillis(longestMs).plus(own);
        List<Finding> findings = new ArrayList<>();
        for (OpenTransaction transaction : open) {
            Duration age = Duration.between(transaction.lastWrite(), now);
            String found = transaction.topic() + "-" + transaction.partition() + " has a transaction of producer "
                    + transaction.producerId() + " open that was last written to " + Human.duration(age) + " ago";
            String follows = "nobody reads beyond offset " + transaction.startOffset() + " with read_committed";
            String abort = asked.kafka(
                    "kafka-transactions",
                    "abort --topic " + transaction.topic() + " --partition " + transaction.partition()
                            + " --start-offset " + transaction.startOffset());
            if (age.compareTo(anyones) > 0) {
                findings.add(Finding.fail(CHECK, found, follows + ", and it does not end by itself", abort));
            } else if (age.compareTo(own) > 0) {
                findings.add(Finding.warn(CHECK, found, follows + " until it ends", abort));
            }
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok(CHECK, "none that holds anybody back"));
        }
        return findings;
    }
}
