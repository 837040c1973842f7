package dev.millrace.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.contract.KillRequest;
import dev.millrace.local.FreePorts;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.Test;

/** Records that a later version wrote are read with the schema that it published. */
class LaterVersionTest {
    private static final Schema LATER = later();

    @Test
    void theSchemaIsLookedUpOnTheTopicIfItsClusterIsConfigured() throws Exception {
        Topics topics = new Topics(TestBroker.newPrefix("later"));
        publish(topics, LATER);

        try (MillraceConverter converter =
                converter(topics, Map.of("schemas.bootstrap.servers", TestBroker.bootstrapServers()))) {
            Struct kill = (Struct) converter.toConnectData("killed", bytes()).value();

            assertThat(kill.schema().name()).isEqualTo("dev.millrace.contract.KillRequest");
            assertThat(kill.getString("taskId")).isEqualTo("words/0");
        }
    }

    @Test
    void aClusterThatDoesNotAnswerIsAReasonToTryAgain() throws IOException {
        int nobody = FreePorts.next();
        Map<String, String> options =
                Map.of("schemas.bootstrap.servers", "localhost:" + nobody, "schemas.default.api.timeout.ms", "200");

        try (MillraceConverter converter = converter(new Topics("absent."), options)) {
            assertThatThrownBy(() -> converter.toConnectData("killed", bytes()))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageStartingWith("killed: cannot look for the record's schema on absent.schemas: ");
        }
    }

    private static MillraceConverter converter(Topics topics, Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        all.put("topic.prefix", topics.prefix());
        MillraceConverter converter = new MillraceConverter();
        converter.configure(all, false);
        return converter;
    }

    private static void publish(Topics topics, Schema schema) throws ExecutionException, InterruptedException {
        ClusterConfig cluster = new ClusterConfig(TestBroker.bootstrapServers(), topics, Map.of());
        try (TopicAdmin admin = new TopicAdmin(cluster)) {
            admin.create(1, 1);
        }
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(cluster.producerProperties())) {
            byte[] json = schema.toString().getBytes(UTF_8);
            producer.send(new ProducerRecord<>(topics.name(Topic.SCHEMAS), "later".getBytes(UTF_8), json))
                    .get();
        }
    }

    private static byte[] bytes() throws IOException {
        GenericData.Record record = new GenericRecordBuilder(LATER)
                .set("pool", "default")
                .set("taskId", "words/0")
                .set("urgency", 9)
                .build();
        return new BinaryMessageEncoder<>(GenericData.get(), LATER)
                .encode(record)
                .array();
    }

    /** A KillRequest with one more field. */
    private static Schema later() {
        String json = KillRequest.getClassSchema().toString();
        int end = json.lastIndexOf(']');
        String field = ",{\"name\":\"urgency\",\"type\":\"int\",\"default\":0}";
        return new Schema.Parser().parse(json.substring(0, end) + field + json.substring(end));
    }
}
