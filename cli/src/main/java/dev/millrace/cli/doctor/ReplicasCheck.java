package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.FoundPartition;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Whether the loss of one broker loses or stops anything. */
final class ReplicasCheck {
    private static final String CHECK = "replicas";
    private static final int ENOUGH = 3;

    private ReplicasCheck() {}

    static List<Finding> findings(int brokers, List<FoundTopic> topics, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        any(topics, partition -> !partition.led())
                .ifPresentNames(names -> findings.add(Finding.fail(
                        CHECK,
                        names + " have partitions without a leader",
                        "nothing can be read from or written to them",
                        asked.kafka("kafka-topics", "--describe --unavailable-partitions")
                                + "   then start the brokers that are missing")));
        any(topics, partition -> partition.led() && partition.inSync() < partition.replicas())
                .ifPresentNames(names -> findings.add(Finding.warn(
                        CHECK,
                        names + " have replicas that are not in sync",
                        "the loss of another broker may stop them",
                        asked.kafka("kafka-topics", "--describe --under-replicated-partitions"))));
        if (brokers < ENOUGH) {
            findings.add(Finding.warn(
                    CHECK,
                    "there " + (brokers == 1 ? "is 1 broker" : "are " + brokers + " brokers"),
                    brokers == 1
                            ? "while it is away nothing is scheduled, and the loss of its disk loses the cluster"
                            : "two can't stand in for one another safely: three are needed",
                    "for more than trying out, three brokers, and: "
                            + asked.millrace("topics create --replication-factor 3")));
            return findings;
        }
        any(topics, partition -> partition.replicas() < ENOUGH)
                .ifPresentNames(names -> findings.add(Finding.fail(
                        CHECK,
                        names + " have fewer than " + ENOUGH + " replicas",
                        "the loss of one broker loses or stops them",
                        asked.kafka("kafka-reassign-partitions", "--execute --reassignment-json-file FILE"))));
        List<String> lax = topics.stream()
                .filter(topic -> topic.leastReplicas() >= ENOUGH && topic.number("min.insync.replicas") < 2)
                .map(FoundTopic::name)
                .toList();
        if (!lax.isEmpty()) {
            findings.add(Finding.warn(
                    CHECK,
                    Words.some(lax) + " have min.insync.replicas=1",
                    "what was acknowledged may be on one broker only, and be lost with it",
                    asked.setForTopic(lax.get(0), "min.insync.replicas=2")));
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok(CHECK, ENOUGH + " or more of every topic, all in sync, min.insync.replicas=2"));
        }
        return findings;
    }

    private static Named any(List<FoundTopic> topics, Predicate<FoundPartition> partition) {
        return new Named(topics.stream()
                .filter(topic -> topic.partitions().stream().anyMatch(partition))
                .map(FoundTopic::name)
                .toList());
    }

    /** Topics that something is the matter with. */
    private record Named(List<String> names) {
        void ifPresentNames(Consumer<String> taker) {
            if (!names.isEmpty()) {
                taker.accept(Words.some(names));
            }
        }
    }
}
