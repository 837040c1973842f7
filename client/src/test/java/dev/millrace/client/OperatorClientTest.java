package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.client.OperatorClient.Answer;
import dev.millrace.contract.CommandDone;
import dev.millrace.contract.CommandRefused;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.SetRole;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class OperatorClientTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String POOL = "gpu";
    private static final int PARTITION = Topics.partition(POOL, TestCluster.PARTITIONS);

    @Test
    void returnsTheAnswerThatBearsTheCommandsIdWhateverItsKey() throws Exception {
        try (TestCluster cluster = TestCluster.with("operators");
                OperatorClient operators = new OperatorClient(cluster.config)) {
            var scheduler = scheduler(cluster, command -> {
                publish(cluster, "eng", done(command, "another command's id"));
                publish(cluster, "eng", done(command, command.getCommandId()));
            });

            Answer answer = operators.send(OperatorClientTest::setRole, LONG);

            SetRole command = scheduler.get();
            assertThat(command.getRole()).isEqualTo("eng");
            assertThat(answer).isEqualTo(new Answer.Done(done(command, command.getCommandId())));
        }
    }

    @Test
    void returnsARefusal() throws Exception {
        try (TestCluster cluster = TestCluster.with("operators");
                OperatorClient operators = new OperatorClient(cluster.config)) {
            var scheduler = scheduler(cluster, command -> publish(cluster, "eng", refused(command)));

            Answer answer = operators.send(OperatorClientTest::setRole, LONG);

            assertThat(answer).isEqualTo(new Answer.Refused(refused(scheduler.get())));
        }
    }

    @Test
    void saysThatNobodyAnswersAndLeavesTheCommandInTheTopic() {
        try (TestCluster cluster = TestCluster.with("operators");
                OperatorClient operators = new OperatorClient(cluster.config)) {
            Duration timeout = Duration.ofMillis(300);

            Answer answer = operators.send(OperatorClientTest::setRole, timeout);

            assertThat(answer).isEqualTo(new Answer.None(timeout));
            assertThat(command(cluster).getRole()).isEqualTo("eng");
        }
    }

    @Test
    void sendsNothingThatBreaksARule() {
        try (TestCluster cluster = TestCluster.with("operators");
                OperatorClient operators = new OperatorClient(cluster.config)) {
            assertThatThrownBy(() -> operators.send(id -> new RemoveRole(POOL, "//", "ada", id), LONG))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("role is \"//\"");
            assertThatThrownBy(() -> operators.send(id -> new RemoveRole(POOL, "eng", "ada", "x"), LONG))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not bear the commandId");
        }
    }

    private static SetRole setRole(String commandId) {
        return SetRole.newBuilder()
                .setPool(POOL)
                .setRole("eng")
                .setWeightMilli(2_500)
                .setCommandId(commandId)
                .build();
    }

    private static CommandDone done(SetRole command, String commandId) {
        return new CommandDone(command.getPool(), "SetRole", commandId, "", Instant.EPOCH);
    }

    private static CommandRefused refused(SetRole command) {
        return new CommandRefused(command.getPool(), "SetRole", "no", Instant.EPOCH, command.getCommandId());
    }

    /** Takes one command and answers it, on a thread of its own. */
    private static CompletableFuture<SetRole> scheduler(TestCluster cluster, Consumer<SetRole> answer) {
        return CompletableFuture.supplyAsync(() -> {
            SetRole command = command(cluster);
            answer.accept(command);
            return command;
        });
    }

    /** The first command in the pool's partition, once there is one. */
    private static SetRole command(TestCluster cluster) {
        List<SpecificRecord> commands = new ArrayList<>();
        try (RecordReader reader = new RecordReader(
                cluster.config, Topic.OPERATOR_CMDS, partitions -> List.of(PARTITION), Start.beginning())) {
            while (commands.isEmpty()) {
                reader.poll(Duration.ofMillis(100), commands::add);
            }
        }
        return (SetRole) commands.get(0);
    }

    private static void publish(TestCluster cluster, String key, SpecificRecord decision) {
        cluster.publish(Topic.DECISIONS, PARTITION, key, decision);
    }
}
