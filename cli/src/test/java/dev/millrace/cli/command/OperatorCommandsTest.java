package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.CommandDone;
import dev.millrace.contract.CommandRefused;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Quota;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Unreserve;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators' commands send, and what one is told of the answers, where the test plays the scheduler. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OperatorCommandsTest {
    private final String prefix = TestBroker.newPrefix("operators");
    private final ClusterConfig config = new ClusterConfig(TestBroker.bootstrapServers(), new Topics(prefix), Map.of());

    @BeforeEach
    void makeTopics() {
        assertThat(Cli.type(there("topics", "create", "--partitions=1")).exitCode())
                .isZero();
    }

    @Test
    void setsARoleWithAllThatCanBeSaidOfIt() {
        var sent = whileAnswering(
                OperatorCommandsTest::done,
                "role set eng/search --pool=default --weight 2.5 --guarantee cpus=10,memory=64GiB"
                        + " --limit gpus=4,scalar.licences=3 --max-queued 5000 --max-requests-per-second none --force");

        assertThat(sent.typed().exitCode()).isZero();
        assertThat(sent.typed().out()).isEqualTo("role eng/search of pool default: done, it is so\n");
        var command = (SetRole) sent.command();
        assertThat(command.getCommandId()).isNotEmpty();
        assertThat(command)
                .isEqualTo(SetRole.newBuilder()
                        .setPool("default")
                        .setRole("eng/search")
                        .setWeightMilli(2_500)
                        .setGuarantee(new Quota(10_000L, 65_536L, null, null, List.of()))
                        .setLimit(new Quota(null, null, null, 4_000L, List.of(new ScalarQuantity("licences", 3_000L))))
                        .setMaxQueued(5_000)
                        .setMaxRequestsPerSecond(-1)
                        .setForce(true)
                        .setPrincipal("tester")
                        .setCommandId(command.getCommandId())
                        .build());
    }

    @Test
    void leavesAloneWhatIsNotNamedAndTakesAwayWhatIsNone() {
        var command = (SetRole) whileAnswering(OperatorCommandsTest::done, "role set eng --guarantee none")
                .command();

        assertThat(command.getWeightMilli()).isNull();
        assertThat(command.getLimit()).isNull();
        assertThat(command.getMaxQueued()).isNull();
        assertThat(command.getForce()).isFalse();
        assertThat(command.getGuarantee()).isEqualTo(Quota.newBuilder().build());
    }

    @Test
    void configuresAPool() {
        var sent = whileAnswering(
                OperatorCommandsTest::done,
                "pool set default --lease 20s --placement fragmentation --preemption off --preemption-gap 5"
                        + " --reclaim-delay 1m --hold-after 0 --gang-hold 30s --offer-timeout 2m --min-offer-cpus 0.5"
                        + " --min-offer-memory 1GiB --framework-calls-per-second 20 --agent-losses-per-minute 7 -o json");

        assertThat(sent.typed().out()).startsWith("{\"pool\":\"default\",\"command\":\"ConfigurePool\",");
        var command = (ConfigurePool) sent.command();
        assertThat(command)
                .isEqualTo(ConfigurePool.newBuilder()
                        .setPool("default")
                        .setLeaseMs(20_000L)
                        .setPlacement(PlacementPolicy.FRAGMENTATION)
                        .setPreemption(false)
                        .setPreemptionGap(5)
                        .setReclaimDelayMs(60_000L)
                        .setHoldAfterMs(0L)
                        .setGangHoldMs(30_000L)
                        .setOfferTimeoutMs(120_000L)
                        .setMinOfferCpuMillis(500L)
                        .setMinOfferMemMib(1_024L)
                        .setFrameworkCallsPerSecond(20)
                        .setAgentLossesPerMinute(7)
                        .setPrincipal("tester")
                        .setCommandId(command.getCommandId())
                        .build());
    }

    @Test
    void reservesAndTakesBack() {
        var reserve = (Reserve)
                whileAnswering(OperatorCommandsTest::done, "reserve a7 eng cpus=4,memory=8GiB --label b=2 --label a=1")
                        .command();
        var unreserve = (Unreserve) whileAnswering(OperatorCommandsTest::done, "unreserve a7 eng cpus=1")
                .command();

        assertThat(reserve.getAgentId()).isEqualTo("a7");
        assertThat(reserve.getReservation())
                .isEqualTo(new Reservation(
                        "eng",
                        new Resources(4_000L, 8_192L, 0L, 0L, List.of(), List.of()),
                        List.of(new KeyValue("a", "1"), new KeyValue("b", "2"))));
        assertThat(unreserve.getReservation().getLabels()).isEmpty();
        assertThat(unreserve.getReservation().getResources().getCpuMillis()).isEqualTo(1_000);
    }

    @Test
    void tearsAFrameworkDown() {
        var sent = whileAnswering(OperatorCommandsTest::done, "framework teardown spark --message moved");

        assertThat(sent.typed().exitCode()).isZero();
        assertThat(sent.typed().out()).isEqualTo("framework spark of pool default: done, it is so\n");
        var command = (TeardownFramework) sent.command();
        assertThat(command)
                .isEqualTo(new TeardownFramework("default", "spark", "tester", "moved", command.getCommandId()));
    }

    @Test
    void saysWhyACommandWasRefused() {
        var sent = whileAnswering(OperatorCommandsTest::refused, "role remove eng");

        assertThat(sent.command()).isInstanceOf(RemoveRole.class);
        assertThat(sent.typed().exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(sent.typed().err())
                .isEqualTo("millrace role remove: role eng of pool default: refused, it can not be\n");
    }

    @Test
    void saysThatNoSchedulerAnswers() {
        var typed = Cli.type(there("role", "set", "eng", "--weight=2"));

        assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(typed.err())
                .isEqualTo("millrace role set: role eng of pool default: the scheduler has not answered within 10 s;"
                        + " the command is safe in Kafka and is carried out when a scheduler runs\n");
    }

    @Test
    void refusesACommandThatBreaksARuleBeforeItIsSent() {
        var typed = Cli.type(there("role", "set", "eng", "--max-requests-per-second=0"));

        assertThat(typed.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(typed.err())
                .isEqualTo("millrace role set: invalid SetRole: maxRequestsPerSecond is 0: must be at least 1,"
                        + " or -1 for no bound\n");
    }

    private record Sent(SpecificRecord command, Cli typed) {}

    /** Types a command line while somebody answers the first command that comes. */
    private Sent whileAnswering(Function<SpecificRecord, SpecificRecord> answer, String line) {
        try (var consumer = new KafkaConsumer<byte[], byte[]>(config.consumerProperties());
                var producer = new KafkaProducer<byte[], byte[]>(config.producerProperties())) {
            var partition = new TopicPartition(config.topics().name(Topic.OPERATOR_CMDS), 0);
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            long begin = consumer.position(partition);
            var scheduler = CompletableFuture.supplyAsync(() -> {
                consumer.seek(partition, begin);
                var command = next(consumer);
                var key = "any".getBytes(StandardCharsets.UTF_8);
                var value = new RecordCodec().encode(answer.apply(command));
                var unused = producer.send(new ProducerRecord<>(config.topics().name(Topic.DECISIONS), 0, key, value));
                producer.flush();
                return command;
            });
            var typed = Cli.type(there(line.split(" ")));
            assertThat(scheduler).as(() -> "sent, since: " + typed.err()).succeedsWithin(Duration.ofSeconds(30));
            return new Sent(scheduler.join(), typed);
        }
    }

    private static SpecificRecord next(KafkaConsumer<byte[], byte[]> consumer) {
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() - deadlineNs < 0) {
            for (var record : consumer.poll(Duration.ofMillis(100))) {
                return ((Decoded.Value) new RecordCodec().decode(record.value())).record();
            }
        }
        throw new AssertionError("no command came");
    }

    private static SpecificRecord done(SpecificRecord command) {
        return new CommandDone("default", command.getSchema().getName(), commandId(command), "it is so", Instant.EPOCH);
    }

    private static SpecificRecord refused(SpecificRecord command) {
        return new CommandRefused(
                "default", command.getSchema().getName(), "it can not be", Instant.EPOCH, commandId(command));
    }

    private static String commandId(SpecificRecord command) {
        return (String) command.get(command.getSchema().getField("commandId").pos());
    }

    private String[] there(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap-server=" + TestBroker.bootstrapServers(), "--prefix=" + prefix));
        return all.toArray(String[]::new);
    }
}
