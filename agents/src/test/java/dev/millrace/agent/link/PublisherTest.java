package dev.millrace.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class PublisherTest {
    private static final byte[] KEY = {1};
    private static final Topics TOPICS = new Topics("p.");
    private static final int CHUNK_BYTES = 1_000;

    private final RecordCodec codec = new RecordCodec();
    private final CrowdedProducer producer = new CrowdedProducer();
    private final Publisher publisher = new Publisher(TOPICS, 2 * CHUNK_BYTES);
    private final List<String> outcomes = new ArrayList<>();

    @Test
    void keepsWhatComesBeforeItHasAProducerAndSendsItInOrder() {
        publish("a");
        publish("b");
        assertThat(producer.history()).isEmpty();

        publisher.connect(producer);
        publish("c");

        assertThat(sent()).containsExactly("a", "b", "c");
    }

    @Test
    void keepsWhatTheProducerHasNoRoomForAndSendsItInOrderWhenThereIsRoom() {
        publisher.connect(producer);
        producer.hasRoom = false;
        publish("a");
        producer.hasRoom = true;
        publish("b");

        assertThat(sent()).containsExactly("a", "b");
        assertThat(outcomes).isEmpty();
    }

    @Test
    void triesAgainWhenARecordIsAcknowledged() {
        publisher.connect(producer);
        publish("a");
        producer.hasRoom = false;
        publish("b");
        producer.hasRoom = true;

        onProducerThread(() -> producer.completeNext());

        assertThat(sent()).containsExactly("a", "b");
    }

    @Test
    void triesAgainWhenItIsAsked() {
        publisher.connect(producer);
        producer.hasRoom = false;
        publish("a");
        producer.hasRoom = true;

        publisher.retry();

        assertThat(sent()).containsExactly("a");
    }

    @Test
    void tellsTheOutcomeOfEachRecord() {
        publisher.connect(producer);
        publish("a");
        publish("b");

        producer.completeNext();
        producer.errorNext(new TopicAuthorizationException("p.agent-events"));

        assertThat(outcomes).containsExactly("a ok", "b TopicAuthorizationException");
        assertThat(publisher.acknowledged()).isEqualTo(1);
        assertThat(publisher.failed()).isEqualTo(1);
    }

    @Test
    void tellsOfARecordThatTheProducerRefusesForGood() {
        publisher.connect(producer);
        producer.refusal = new RecordTooLargeException("too large");
        publish("a");
        producer.refusal = null;
        publish("b");

        assertThat(outcomes).containsExactly("a RecordTooLargeException");
        assertThat(sent()).containsExactly("b");
    }

    @Test
    void tellsThatItWasClosedOfEachRecordThatComesLater() {
        publisher.connect(producer);
        producer.close();

        publish("a");

        assertThat(outcomes).containsExactly("a IllegalStateException");
    }

    @Test
    void holdsLogsBackWhileManyBytesOfThemAreUnacknowledged() {
        publisher.connect(producer);
        for (int i = 0; i < 5; i++) {
            publishChunk(i);
        }
        publish("report");

        assertThat(producer.history()).hasSize(3);
        assertThat(sent()).containsExactly("report");

        onProducerThread(() -> producer.completeNext());
        assertThat(producer.history()).hasSize(4);
        onProducerThread(() -> {
            while (producer.completeNext()) {}
        });
        assertThat(producer.history()).hasSize(6);
        assertThat(outcomes).containsExactly("0 ok", "1 ok", "report ok", "2 ok", "3 ok", "4 ok");
    }

    @Test
    void saysHowLongItHasHadNoAnswer() {
        publisher.connect(producer);
        long soonNs = System.nanoTime() + 1_000_000_000_000L;
        assertThat(publisher.stalledNs(soonNs)).isZero();

        publish("a");
        assertThat(publisher.stalledNs(soonNs)).isBetween(1L, 1_000_000_000_000L);
        producer.hasRoom = false;
        publish("b");
        producer.completeNext();

        assertThat(publisher.stalledNs(soonNs)).isZero();
    }

    @Test
    void publishesOnlyIfTheConditionHolds() {
        publisher.connect(producer);

        boolean first = publisher.publishIf(() -> false, Topic.AGENT_EVENTS, KEY, leaving("a"), failure -> {});
        boolean second = publisher.publishIf(() -> true, Topic.AGENT_EVENTS, KEY, leaving("b"), failure -> {});

        assertThat(first).isFalse();
        assertThat(second).isTrue();
        assertThat(sent()).containsExactly("b");
    }

    private void publish(String agentId) {
        publisher.publish(Topic.AGENT_EVENTS, KEY, leaving(agentId), noting(agentId));
    }

    private void publishChunk(int number) {
        LogChunk chunk = LogChunk.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setAttempt(1)
                .setAgentId("a")
                .setStream(LogStream.STDOUT)
                .setPosition(number)
                .setData(ByteBuffer.allocate(CHUNK_BYTES))
                .setReadAt(Instant.EPOCH)
                .build();
        publisher.publish(Topic.TASK_LOGS, KEY, chunk, noting(Integer.toString(number)));
    }

    private Publisher.Outcome noting(String name) {
        return failure -> outcomes.add(
                name + " " + (failure == null ? "ok" : failure.getClass().getSimpleName()));
    }

    private static AgentLeaving leaving(String agentId) {
        return new AgentLeaving("default", agentId, 1L, "");
    }

    private List<String> sent() {
        List<String> sent = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : producer.history()) {
            SpecificRecord value = ((Decoded.Value) codec.decode(record.value())).record();
            if (value instanceof AgentLeaving leaving) {
                sent.add(leaving.getAgentId());
            }
        }
        return sent;
    }

    private static void onProducerThread(Runnable action) {
        CompletableFuture.runAsync(action, command -> {
                    Thread thread = new Thread(command);
                    thread.start();
                })
                .join();
    }

    /** Says like Kafka's producer, before send() returns, when it has no room or can't take a record. */
    private static final class CrowdedProducer extends MockProducer<byte[], byte[]> {
        private boolean hasRoom = true;
        private RuntimeException refusal;

        CrowdedProducer() {
            super(Cluster.empty(), false, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            RuntimeException no = hasRoom ? refusal : new TimeoutException("no room");
            if (no != null) {
                callback.onCompletion(null, no);
                return CompletableFuture.failedFuture(no);
            }
            return super.send(record, callback);
        }
    }
}
