package dev.millrace.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.Start;
import dev.millrace.client.TaskLogs;
import dev.millrace.client.TopicAdmin;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.MillraceSerializer;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutputFollowerTest {
    private static final String TASK = "j-1/t/0";

    private final ClusterConfig config =
            new ClusterConfig(TestBroker.bootstrapServers(), new Topics(TestBroker.newPrefix("output")), Map.of());

    @BeforeEach
    void makeTopics() {
        try (var admin = new TopicAdmin(config)) {
            admin.create(1, 1);
        }
    }

    @Test
    void knowsWhenAllOutputOfAnAttemptHasCome() throws InterruptedException {
        var taken = new CopyOnWriteArrayList<LogChunk>();
        try (var follower = follow(taken::add)) {
            follower.expect(ended());

            assertThat(follower.awaitComplete(Duration.ofMillis(1))).isFalse();
            publish(LogStream.STDOUT);
            publish(LogStream.STDERR);
            assertThat(follower.awaitComplete(Duration.ofSeconds(30))).isTrue();
        }

        assertThat(taken).hasSize(2);
    }

    @Test
    void tellsWhoWaitsForTheEndThatTheTakerFailed() {
        var broken = new IllegalStateException("the taker is broken");
        try (var follower = follow(chunk -> {
            throw broken;
        })) {
            follower.expect(ended());
            publish(LogStream.STDOUT);

            assertThatThrownBy(() -> follower.awaitComplete(Duration.ofSeconds(30)))
                    .isSameAs(broken);
        }
    }

    private OutputFollower follow(Consumer<LogChunk> taker) {
        return new OutputFollower(new TaskLogs(config, "default", List.of(TASK), Start.end()), taker);
    }

    private void publish(LogStream stream) {
        var chunk =
                new LogChunk("default", TASK, 1, "agent-1", stream, 0L, ByteBuffer.allocate(0), true, Statuses.NOON);
        var topic = config.topics().name(Topic.TASK_LOGS);
        try (var producer = new KafkaProducer<byte[], byte[]>(config.producerProperties());
                var serializer = new MillraceSerializer()) {
            var unused = producer.send(new ProducerRecord<>(
                    topic,
                    Topics.partition(TASK, producer.partitionsFor(topic).size()),
                    null,
                    serializer.serialize(topic, chunk)));
        }
    }

    private static TaskStatus ended() {
        return Statuses.status(TASK, 4, TaskState.TASK_FINISHED)
                .setSource(StatusSource.SOURCE_AGENT)
                .setReason(Reason.REASON_COMMAND_EXITED)
                .setStartedAt(Statuses.NOON)
                .build();
    }
}
