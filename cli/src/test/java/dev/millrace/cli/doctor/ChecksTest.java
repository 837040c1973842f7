package dev.millrace.cli.doctor;

import static dev.millrace.cli.doctor.Given.ASKED;
import static dev.millrace.cli.doctor.Given.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.doctor.Facts.AgentClock;
import dev.millrace.cli.doctor.Facts.Features;
import dev.millrace.cli.doctor.Facts.Fitness;
import dev.millrace.cli.doctor.Facts.FoundPartition;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.Group;
import dev.millrace.cli.doctor.Facts.Member;
import dev.millrace.cli.doctor.Facts.OpenTransaction;
import dev.millrace.cli.doctor.Facts.Progress;
import dev.millrace.cli.doctor.Facts.Ticks;
import dev.millrace.cli.doctor.Finding.Severity;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;

/** What each check makes of facts, where all is well and where one thing is not. */
class ChecksTest {
    private static final Features KAFKA_4_2 = new Features(2, 29);

    @Test
    void nothingIsWrongWithAClusterAsItShouldBe() {
        Facts facts = new Facts(
                Given.brokers(3),
                KAFKA_4_2,
                Optional.empty(),
                List.of(),
                Given.topics(3),
                Given.group("a", "b"),
                List.of(),
                List.of(Given.ticks(0, Duration.ofMillis(100)), Given.ticks(1, Duration.ofMillis(100))),
                List.of(),
                List.of(new AgentClock("default/agent-1", Duration.ofMillis(-3))),
                0,
                Map.of(0, 7, 1, 7),
                Map.of("default", 60),
                Optional.of(List.of(Given.snapshot(0, NOW, Fitness.FIT), Given.snapshot(1, NOW, Fitness.FIT))));

        assertThat(Diagnosis.of(facts, ASKED, NOW))
                .hasSizeGreaterThan(12)
                .allMatch(finding ->
                        finding.severity() == Severity.OK && finding.remedy().isEmpty());
    }

    @Test
    void brokersThatLoseTheEndsOfTransactionsFailWhereTheyHaveTheOnlyReplica() {
        Features kafka43 = new Features(2, 30);

        assertThat(BrokersCheck.findings(Given.brokers(1), kafka43, Given.topics(1), ASKED)
                        .get(0))
                .satisfies(failed("with a single replica"));
        assertThat(BrokersCheck.findings(Given.brokers(3), kafka43, Given.topics(3), ASKED))
                .allMatch(finding -> finding.severity() == Severity.OK);
    }

    @Test
    void anOldTransactionProtocolIsWarnedOf() {
        assertThat(BrokersCheck.findings(Given.brokers(1), new Features(1, 29), Given.topics(1), ASKED)
                        .get(1))
                .satisfies(warned("transaction.version is 1"))
                .extracting(Finding::remedy)
                .isEqualTo("kafka-features.sh --bootstrap-server kafka:9092 upgrade --feature transaction.version=2");
    }

    @Test
    void topicsOnWhichNoSchedulerStartsFailAndOtherDifferencesAreWarnedOf() {
        assertThat(TopicsCheck.findings(Optional.of("there is no topic x"), List.of("y differs"), ASKED))
                .singleElement()
                .satisfies(failed("there is no topic x"));
        assertThat(TopicsCheck.findings(
                        Optional.empty(),
                        List.of("x has segment.bytes=1: must have 2", "y has retention.ms=1: must have 2"),
                        ASKED))
                .singleElement()
                .satisfies(warned("x has segment.bytes=1"));
    }

    @Test
    void aTopicWithFewerReplicasThanThereCouldBeFails() {
        assertThat(ReplicasCheck.findings(3, List.of(Given.topic(Topic.JOURNAL, 1)), ASKED))
                .singleElement()
                .satisfies(failed("millrace.journal have fewer than 3 replicas"));
    }

    @Test
    void aPartitionThatLacksAReplicaIsWarnedOfAndOneThatNobodyLeadsFails() {
        FoundTopic topic = Given.topic(Topic.JOURNAL, 3);
        List<FoundPartition> partitions = List.of(new FoundPartition(3, 2, true), new FoundPartition(3, 3, false));

        List<Finding> findings = ReplicasCheck.findings(
                3, List.of(new FoundTopic(topic.name(), topic.topic(), partitions, topic.settings(), 0)), ASKED);

        assertThat(findings).hasSize(2);
        assertThat(findings.get(0)).satisfies(failed("without a leader"));
        assertThat(findings.get(1)).satisfies(warned("not in sync"));
    }

    @Test
    void aTopicThatIsAcknowledgedByOneReplicaIsWarnedOf() {
        assertThat(ReplicasCheck.findings(
                        3, List.of(Given.topicWith(Topic.TASK_STATUS, "min.insync.replicas", "1")), ASKED))
                .singleElement()
                .satisfies(warned("millrace.task-status have min.insync.replicas=1"));
    }

    @Test
    void oneBrokerIsWarnedOf() {
        assertThat(ReplicasCheck.findings(1, Given.topics(1), ASKED))
                .singleElement()
                .satisfies(warned("there is 1 broker"));
    }

    @Test
    void aChangelogThatDeletesFailsAndOneThatIsSeldomCompactedIsWarnedOf() {
        FoundTopic changelog = Given.changelog(Store.TASKS, 1);

        assertThat(ChangelogsCheck.findings(List.of(Given.with(changelog, "cleanup.policy", "delete")), ASKED))
                .singleElement()
                .satisfies(failed("cleanup.policy=delete"));
        assertThat(ChangelogsCheck.findings(List.of(Given.with(changelog, "max.compaction.lag.ms", "9000000")), ASKED))
                .singleElement()
                .satisfies(warned("max.compaction.lag.ms=9000000, not 120000"));
        assertThat(ChangelogsCheck.findings(List.of(changelog), ASKED))
                .containsExactly(Finding.ok("changelogs", "1 changelog, compacted, 1MiB in all"));
    }

    @Test
    void timeoutsThatABrokerRefusesFail() {
        assertThat(TimeoutsCheck.findings(List.of(Given.broker(1, "group.min.session.timeout.ms", "10000")), ASKED))
                .singleElement()
                .satisfies(failed("takes session timeouts of 10s to 30m00s, not 6s"))
                .satisfies(
                        finding -> assertThat(finding.remedy()).startsWith("millrace scheduler --session-timeout 10s"));
        assertThat(TimeoutsCheck.findings(List.of(Given.broker(1, "transaction.max.timeout.ms", "9000")), ASKED))
                .singleElement()
                .satisfies(failed("takes transactions of 9s, not of 10s"));
    }

    @Test
    void noSchedulerFailsAndOneAloneOrAllOnOneHostAreWarnedOf() {
        assertThat(InstancesCheck.findings(new Group("Dead", List.of()), Map.of(), ASKED))
                .singleElement()
                .satisfies(failed("no scheduler runs"));
        assertThat(InstancesCheck.findings(Given.group("a"), Map.of(), ASKED))
                .singleElement()
                .satisfies(warned("1 scheduler (a)"));
        assertThat(InstancesCheck.findings(
                        new Group("Stable", List.of(new Member("a", "/10.0.0.1"), new Member("b", "/10.0.0.1"))),
                        Map.of(),
                        ASKED))
                .singleElement()
                .satisfies(warned("all on one host"));
    }

    @Test
    void schedulersOfDifferentBehaviourAreWarnedOf() {
        assertThat(InstancesCheck.findings(Given.group("a", "b"), Map.of(0, 7, 1, 8), ASKED)
                        .get(1))
                .satisfies(warned("[7, 8]"));
    }

    @Test
    void aPartitionWhoseTimeStandsStillFails() {
        Ticks still = new Ticks(
                1,
                1,
                Duration.ofMillis(250),
                Optional.of(NOW.minusSeconds(90)),
                Optional.of(NOW.minusSeconds(90)),
                NOW,
                NOW);

        assertThat(AliveCheck.findings(
                        Given.group("a"), List.of(Given.ticks(0, Duration.ZERO), still), List.of(), NOW, ASKED))
                .singleElement()
                .satisfies(failed("partition 1 stands still: its last tick was sent 1m ago"));
    }

    @Test
    void aPartitionFarBehindIsWarnedOfAlthoughItsTicksWait() {
        Ticks waiting = new Ticks(0, 1, Duration.ofMillis(250), Optional.of(NOW), Optional.of(NOW), NOW, NOW);
        Progress behind =
                new Progress("millrace.task-requests", 0, OptionalLong.of(900), OptionalLong.of(1_000), 0, 51_000);

        assertThat(AliveCheck.findings(Given.group("a"), List.of(waiting), List.of(behind), NOW, ASKED))
                .singleElement()
                .satisfies(warned("partition 0 is 50000 inputs behind"));
    }

    @Test
    void aPartitionFarBehindOfWhichNothingIsTakenFails() {
        Ticks still = new Ticks(
                0,
                1,
                Duration.ofMillis(250),
                Optional.of(NOW.minusSeconds(90)),
                Optional.of(NOW.minusSeconds(90)),
                NOW,
                NOW);
        Progress behind =
                new Progress("millrace.task-requests", 0, OptionalLong.of(1_000), OptionalLong.of(1_000), 0, 51_000);
        Progress ofAnother =
                new Progress("millrace.task-requests", 1, OptionalLong.of(1_000), OptionalLong.of(1_001), 0, 1_001);

        assertThat(AliveCheck.findings(Given.group("a"), List.of(still), List.of(behind, ofAnother), NOW, ASKED))
                .singleElement()
                .satisfies(failed(
                        "partition 0 stands still: its last tick was sent 1m ago, and it is 50000 inputs behind"));
    }

    @Test
    void aPartitionThatIsNotFarBehindFailsWithoutTicksEvenIfItTakesInputs() {
        Ticks still = new Ticks(0, 1, Duration.ofMillis(250), Optional.of(NOW), Optional.of(NOW), NOW, NOW);
        Progress taking =
                new Progress("millrace.task-requests", 0, OptionalLong.of(1_000), OptionalLong.of(1_001), 0, 1_001);

        assertThat(AliveCheck.findings(Given.group("a"), List.of(still), List.of(taking), NOW, ASKED))
                .singleElement()
                .satisfies(failed("partition 0 stands still"));
    }

    @Test
    void theTimeOfAFailoverFollowsFromTheSettings() {
        assertThat(FailoverCheck.findings(Given.group("a", "b"), Given.brokers(3), Given.topics(3), ASKED))
                .extracting(Finding::found)
                .containsExactly(
                        "a scheduler that is killed: another one goes on with its pools after the session timeout of 6s and, without a"
                                + " standby that has caught up, after reading the changelogs; one that is closed: without that timeout",
                        "if no scheduler goes on after one was killed, readers of its topics wait for its last transaction for up to 20s",
                        "the first scheduler of all waits 3s for others before it begins (group.initial.rebalance.delay.ms)",
                        "a broker that is killed: another one leads its partitions after 9s");
    }

    @Test
    void aTransactionThatIsOpenForLongIsWarnedOfAndOneThatCannotEndFails() {
        OpenTransaction fresh = new OpenTransaction("t", 0, 1, 10, NOW.minusSeconds(2));
        OpenTransaction old = new OpenTransaction("t", 1, 2, 20, NOW.minusSeconds(60));
        OpenTransaction hanging = new OpenTransaction("t", 2, 3, 30, NOW.minusSeconds(3_600));

        List<Finding> findings = TransactionsCheck.findings(List.of(fresh, old, hanging), Given.brokers(1), NOW, ASKED);

        assertThat(findings).hasSize(2);
        assertThat(findings.get(0)).satisfies(warned("t-1 has a transaction of producer 2 open"));
        assertThat(findings.get(1))
                .satisfies(failed("t-2 has a transaction of producer 3 open"))
                .satisfies(finding -> assertThat(finding.remedy())
                        .isEqualTo("kafka-transactions.sh --bootstrap-server kafka:9092 abort --topic t --partition 2"
                                + " --start-offset 30"));
    }

    @Test
    void clocksThatDifferAreWarnedOf() {
        assertThat(ClocksCheck.findings(List.of(Given.ticks(0, Duration.ofSeconds(10))), List.of()))
                .singleElement()
                .satisfies(warned("the clock of broker 1 is about 9.7s behind this machine's"));
        assertThat(ClocksCheck.findings(List.of(Given.ticks(0, Duration.ofSeconds(-10))), List.of()))
                .singleElement()
                .satisfies(warned("the clock of broker 1 is about 9.9s ahead of this machine's"));
        assertThat(ClocksCheck.findings(
                        List.of(Given.ticks(0, Duration.ZERO)),
                        List.of(new AgentClock("default/agent-1", Duration.ofSeconds(7)))))
                .singleElement()
                .satisfies(warned("default/agent-1 (7.0s ahead)"));
    }

    @Test
    void aBrokersClockIsJudgedByTheTickThatWasLeastLate() {
        assertThat(ClocksCheck.findings(
                        List.of(Given.ticks(0, Duration.ofSeconds(10)), Given.ticks(1, Duration.ofMillis(100))),
                        List.of()))
                .singleElement()
                .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.OK));
    }

    @Test
    void requestsThatAreSoonDeletedAreWarnedOf() {
        assertThat(RetentionCheck.findings(
                        List.of(Given.topicWith(Topic.TASK_REQUESTS, "retention.ms", "3600000")),
                        Given.brokers(1),
                        ASKED))
                .singleElement()
                .satisfies(warned("millrace.task-requests keeps its records for 1h00m"));
        assertThat(RetentionCheck.findings(
                        List.of(Given.topicWith(Topic.AGENT_EVENTS, "retention.bytes", "1000")),
                        Given.brokers(1),
                        ASKED))
                .singleElement()
                .satisfies(warned("millrace.agent-events has retention.bytes=1000"));
        assertThat(RetentionCheck.findings(
                        List.of(Given.topicWith(Topic.TASK_STATUS, "retention.ms", "1")), Given.brokers(1), ASKED))
                .allMatch(finding -> finding.severity() == Severity.OK);
    }

    @Test
    void inputsThatAreDeletedBeforeTwoSnapshotIntervalsFail() {
        assertThat(SnapshotsCheck.findings(
                        Optional.empty(),
                        List.of(Given.topicWith(Topic.JOURNAL, "retention.ms", "7199999")),
                        NOW,
                        ASKED))
                .singleElement()
                .satisfies(failed("millrace.journal keep their records for less than 2 snapshot intervals of 1h00m"));
        assertThat(SnapshotsCheck.findings(
                        Optional.empty(),
                        List.of(Given.topicWith(Topic.JOURNAL, "retention.ms", "7200000")),
                        NOW,
                        ASKED))
                .allMatch(finding -> finding.severity() == Severity.OK);
    }

    @Test
    void partitionsWhoseSnapshotsAreOldOrMissingAreWarnedOf() {
        assertThat(SnapshotsCheck.findings(
                        Optional.of(List.of(Given.snapshot(1, NOW.minusSeconds(9_000), Fitness.FIT))),
                        Given.topics(3),
                        NOW,
                        ASKED))
                .singleElement()
                .satisfies(warned("of partition 0: none, of partition 1: the newest is of 2h ago"));
    }

    @Test
    void aSnapshotOfATimeYetToComeIsWarnedOf() {
        assertThat(SnapshotsCheck.findings(
                        Optional.of(List.of(
                                Given.snapshot(0, NOW.plusSeconds(1), Fitness.FIT),
                                Given.snapshot(1, NOW.plusSeconds(60), Fitness.FIT))),
                        Given.topics(3),
                        NOW,
                        ASKED))
                .singleElement()
                .satisfies(warned("of partition 1: the newest is of 2026-03-01T08:01:00Z, which is yet to come"))
                .satisfies(finding -> assertThat(finding.found()).doesNotContain("partition 0"));
    }

    @Test
    void aSnapshotThatTheJournalDoesNotGoOnFromFails() {
        assertThat(SnapshotsCheck.findings(
                        Optional.of(
                                List.of(Given.snapshot(0, NOW, Fitness.FIT), Given.snapshot(1, NOW, Fitness.FOREIGN))),
                        Given.topics(3),
                        NOW,
                        ASKED))
                .singleElement()
                .satisfies(failed("the journal does not go on from 1.snapshot"))
                .satisfies(finding -> assertThat(finding.remedy())
                        .contains("millrace snapshot follow OTHER_DIR --bootstrap-server kafka:9092"));
    }

    @Test
    void aDamagedSnapshotIsWarnedOf() {
        assertThat(SnapshotsCheck.findings(
                        Optional.of(
                                List.of(Given.snapshot(0, NOW, Fitness.DAMAGED), Given.snapshot(1, NOW, Fitness.FIT))),
                        Given.topics(3),
                        NOW,
                        ASKED))
                .singleElement()
                .satisfies(warned("0.snapshot can't be read"));
    }

    @Test
    void poolsThatMayLoseAllTheirAgentsAtOnceAreWarnedOf() {
        assertThat(LossesCheck.findings(Map.of("old", 0, "new", 60, "farm", 0), ASKED))
                .singleElement()
                .satisfies(warned("no limit in farm, old"));
        assertThat(LossesCheck.findings(Map.of("new", 60), ASKED))
                .containsExactly(Finding.ok("agent losses", "limited in 1 pool"));
    }

    @Test
    void inputsOnWhichTheSchedulerFailedAreWarnedOf() {
        assertThat(DeadLettersCheck.findings(2, ASKED)).singleElement().satisfies(warned("failed twice on 2 inputs"));
    }

    private static ThrowingConsumer<Finding> failed(String found) {
        return is(Severity.FAIL, found);
    }

    private static ThrowingConsumer<Finding> warned(String found) {
        return is(Severity.WARN, found);
    }

    private static ThrowingConsumer<Finding> is(Severity severity, String found) {
        return finding -> {
            assertThat(finding.severity()).isEqualTo(severity);
            assertThat(finding.found()).contains(found);
            assertThat(finding.follows()).isNotEmpty();
        };
    }
}
