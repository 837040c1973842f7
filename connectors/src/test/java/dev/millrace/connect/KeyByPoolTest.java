package dev.millrace.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class KeyByPoolTest {
    private static final String TOPIC = "millrace.task-requests";

    @Test
    void theKeyIsTheRecordsPool() {
        SourceRecord record = record("{\"pool\": \"gpu\", \"taskId\": \"train/0\"}");

        SourceRecord keyed = transformation("KillRequest").apply(record);

        assertThat(keyed.keySchema()).isEqualTo(Schema.STRING_SCHEMA);
        assertThat(keyed.key()).isEqualTo("gpu");
        assertThat(keyed.topic()).isEqualTo(TOPIC);
        assertThat(keyed.kafkaPartition()).isNull();
        assertThat(keyed.headers().lastWithName("from").value()).isEqualTo("a test");
        assertThat(keyed.valueSchema().name()).isEqualTo("dev.millrace.contract.KillRequest");
        assertThat(((Struct) keyed.value()).getString("taskId")).isEqualTo("train/0");
    }

    @Test
    void thePartitionThatSomebodyElseChoseDoesNotCount() {
        SourceRecord meantForAnother = new SourceRecord(
                Map.of(), Map.of(), TOPIC, 3, Schema.STRING_SCHEMA, "{\"pool\": \"gpu\", \"taskId\": \"train/0\"}");

        SourceRecord keyed = transformation("KillRequest").apply(meantForAnother);

        assertThat(keyed.kafkaPartition()).isNull();
    }

    @Test
    void aTombstonePassesUnchanged() {
        SourceRecord tombstone = record(null);

        assertThat(transformation("KillRequest").apply(tombstone)).isSameAs(tombstone);
    }

    @Test
    void aValueThatDoesNotFitIsRefusedWithTopicAndField() {
        assertThatThrownBy(() -> transformation("KillRequest").apply(record("{\"pool\": \"gpu\"}")))
                .isInstanceOf(DataException.class)
                .hasMessage(TOPIC + ": KillRequest.taskId: is missing");
    }

    @Test
    void aRecordThatIsForNoPoolIsRefused() {
        assertThatThrownBy(() -> transformation("Tick").apply(record("{\"partition\": 0, \"intervalMs\": 250}")))
                .isInstanceOf(DataException.class)
                .hasMessage(TOPIC + ": a Tick is for no pool");
    }

    @Test
    void aRecordTypeThatTheContractDoesNotHaveIsRefused() {
        assertThatThrownBy(() -> transformation("Job"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must be one of TaskRequest, ");
    }

    private static KeyByPool<SourceRecord> transformation(String record) {
        KeyByPool<SourceRecord> transformation = new KeyByPool<>();
        transformation.configure(Map.of("record", record));
        return transformation;
    }

    private static SourceRecord record(String value) {
        SourceRecord record = new SourceRecord(Map.of(), Map.of(), TOPIC, Schema.STRING_SCHEMA, value);
        record.headers().addString("from", "a test");
        return record;
    }
}
