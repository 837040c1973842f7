package dev.millrace.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code examples/connect} do in a real worker what they say. */
class ConnectWorkerTest {
    private static final int PARTITIONS = 4;
    private static final Duration POLL = Duration.ofMillis(200);

    private final RecordCodec codec = new RecordCodec();
    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    Path directory;

    private ClusterConfig cluster;
    private Topics topics;
    private ConnectWorker worker;

    @BeforeEach
    void startWorker() {
        topics = new Topics(TestBroker.newPrefix("connect"));
        cluster = new ClusterConfig(TestBroker.bootstrapServers(), topics, Map.of());
        try (TopicAdmin admin = new TopicAdmin(cluster)) {
            admin.create(PARTITIONS, 1);
        }
        worker = new ConnectWorker(Map.of(
                "bootstrap.servers",
                TestBroker.bootstrapServers(),
                "value.converter.topic.prefix",
                topics.prefix(),
                "offset.storage.file.filename",
                directory.resolve("offsets").toString()));
    }

    @AfterEach
    void stopWorker() {
        worker.close();
    }

    @Test
    void theSinkWritesStatusesToAFileAndPutsOtherRecordsAside() throws IOException {
        Path file = directory.resolve("statuses.jsonl");
        publish(status("words/0", 1, TaskState.TASK_QUEUED));
        publish("no record".getBytes(UTF_8));
        publish(status("words/0", 2, TaskState.TASK_STAGING));

        worker.start(
                "statuses-to-file.properties",
                Map.of(
                        "topics",
                        topics.name(Topic.TASK_STATUS),
                        "value.converter.topic.prefix",
                        topics.prefix(),
                        "file",
                        file.toString(),
                        "errors.deadletterqueue.topic.name",
                        topics.prefix() + "set-aside"));

        await().atMost(30, SECONDS).untilAsserted(() -> {
            assertThat(worker.failure("statuses-to-file")).isEmpty();
            assertThat(file).exists();
            assertThat(Files.readAllLines(file)).hasSize(2);
        });
        JsonNode second = json.readTree(Files.readAllLines(file).get(1));
        assertThat(second.get("taskId").textValue()).isEqualTo("words/0");
        assertThat(second.get("sequence").longValue()).isEqualTo(2);
        assertThat(second.get("state").textValue()).isEqualTo("TASK_STAGING");
        ConsumerRecord<byte[], byte[]> aside =
                read(topics.prefix() + "set-aside", 1).get(0);
        assertThat(aside.value()).isEqualTo("no record".getBytes(UTF_8));
        assertThat(header(aside, "__connect.errors.exception.message"))
                .startsWith(topics.name(Topic.TASK_STATUS) + ": NOT_ENCODED: the value, of 9 bytes,");
    }

    @Test
    void theSourceSubmitsATaskForEachLineKeyedByItsPool() throws IOException {
        Path file = directory.resolve("requests.jsonl");
        List<String> lines = Files.readAllLines(ConnectWorker.EXAMPLES.resolve("requests.jsonl"));
        Files.write(file, lines);

        startSource(file);
        String inAnotherPool = lines.get(0).replace("\"default\"", "\"gpu\"");
        Files.write(
                file,
                List.of("no request", lines.get(0).replace("from-a-file", "no/"), inAnotherPool),
                StandardOpenOption.APPEND);

        List<ConsumerRecord<byte[], byte[]>> records = read(topics.name(Topic.TASK_REQUESTS), lines.size() + 1);
        assertThat(worker.failure("requests-from-file")).isEmpty();
        assertThat(records).hasSize(lines.size() + 1).allSatisfy(record -> {
            String pool = request(record).getPool();
            assertThat(new String(record.key(), UTF_8)).isEqualTo(pool);
            assertThat(record.partition()).isEqualTo(Topics.partition(pool, PARTITIONS));
        });
        assertThat(records.stream().filter(record -> request(record).getPool().equals("default")))
                .extracting(record -> request(record).getTaskId())
                .containsExactly("from-a-file/words/0", "from-a-file/words/1");
    }

    @Test
    void aSourceThatToleratesNoErrorsStopsAndSaysWhichFieldOfWhichTopicIsWrong() throws IOException {
        Path file = directory.resolve("requests.jsonl");
        Files.write(file, List.of("{\"pool\": \"default\", \"taskId\": \"a\", \"resources\": {\"cpus\": 1}}"));

        worker.start(
                "requests-from-file.properties",
                Map.of("topic", topics.name(Topic.TASK_REQUESTS), "file", file.toString(), "errors.tolerance", "none"));

        await().atMost(30, SECONDS)
                .untilAsserted(() -> assertThat(worker.failure("requests-from-file"))
                        .contains(topics.name(Topic.TASK_REQUESTS)
                                + ": TaskRequest.resources.cpus: Resources has no such field"));
    }

    private void startSource(Path file) {
        worker.start(
                "requests-from-file.properties",
                Map.of("topic", topics.name(Topic.TASK_REQUESTS), "file", file.toString()));
    }

    private void publish(TaskStatus status) {
        publish(codec.encode(status));
    }

    private void publish(byte[] value) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topics.name(Topic.TASK_STATUS), Topics.partition("default", PARTITIONS), null, value);
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(cluster.producerProperties())) {
            producer.send(record).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** The first records of a topic, as many as wanted. */
    private List<ConsumerRecord<byte[], byte[]>> read(String topic, int wanted) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(cluster.consumerProperties())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            await().atMost(30, SECONDS).until(() -> {
                consumer.poll(POLL).forEach(records::add);
                return records.size() >= wanted;
            });
        }
        return records;
    }

    private TaskRequest request(ConsumerRecord<byte[], byte[]> record) {
        return (TaskRequest) ((Decoded.Value) codec.decode(record.value(), Topic.TASK_REQUESTS)).record();
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        assertThat(header).as(name).isNotNull();
        return new String(header.value(), UTF_8);
    }

    private static TaskStatus status(String taskId, long sequence, TaskState state) {
        return TaskStatus.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setSequence(sequence)
                .setAttempt(1)
                .setState(state)
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setDecidedAt(Instant.EPOCH)
                .build();
    }
}
