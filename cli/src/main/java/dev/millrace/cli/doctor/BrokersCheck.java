package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.Features;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Which brokers there are, and whether their versions keep what the scheduler rests on. */
final class BrokersCheck {
    private static final String CHECK = "brokers";
    private static final int TRANSACTION_VERSION = 2;
    /** The newest versions of the metadata that releases know: of 4.2, of 4.3 and of 4.4. */
    private static final int METADATA_4_2 = 29;

    private static final int METADATA_4_3 = 30;
    private static final int METADATA_4_4 = 31;
    private static final int METADATA_4_0 = 22;

    private BrokersCheck() {}

    static List<Finding> findings(List<Broker> brokers, Features features, List<FoundTopic> topics, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        String which = brokers.stream()
                .map(broker -> broker.id() + " (" + broker.address() + ")")
                .collect(Collectors.joining(", "));
        String found =
                Words.count(brokers.size(), "broker") + ": " + which + "; Kafka " + release(features.newestMetadata());
        boolean loses = features.newestMetadata() == METADATA_4_3 || features.newestMetadata() == METADATA_4_4;
        boolean alone = topics.stream().anyMatch(topic -> topic.leastReplicas() == 1);
        if (loses && alone) {
            findings.add(Finding.fail(
                    CHECK,
                    found + ", and topics with a single replica",
                    "a broker that restarts may lose the end of a transaction, and the scheduler then waits for ever",
                    "run Kafka 4.2, or give every topic three replicas"));
        } else {
            findings.add(Finding.ok(CHECK, found));
        }
        if (features.transactionVersion() < TRANSACTION_VERSION) {
            findings.add(Finding.warn(
                    "transactions",
                    "transaction.version is " + features.transactionVersion(),
                    "a late message of a producer that was fenced can end up in its successor's transaction",
                    asked.kafka("kafka-features", "upgrade --feature transaction.version=" + TRANSACTION_VERSION)));
        } else {
            findings.add(Finding.ok("transactions", "transaction.version is " + features.transactionVersion()));
        }
        return findings;
    }

    private static String release(int newestMetadata) {
        if (newestMetadata > METADATA_4_4) {
            return "later than 4.4";
        }
        if (newestMetadata > METADATA_4_2) {
            return newestMetadata == METADATA_4_3 ? "4.3" : "4.4";
        }
        return newestMetadata >= METADATA_4_0 ? "4.0 to 4.2" : "before 4.0";
    }
}
