package dev.millrace.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MillraceConverterTest {
    private static final String REQUESTS = "millrace.task-requests";
    private static final String STATUSES = "millrace.task-status";
    private static final String REQUEST = """
            {"pool": "default", "taskId": "words/0", "shell": "true", "resources": {"cpuMillis": 500, "memMib": 64}}
            """;

    private final RecordCodec codec = new RecordCodec();
    private final MillraceConverter requests = converter(Map.of("record", "TaskRequest"));

    @Test
    void aStatusBecomesAStructOfItsFields() {
        byte[] bytes = codec.encode(finished());

        SchemaAndValue data = converter(Map.of()).toConnectData(STATUSES, bytes);

        Struct status = (Struct) data.value();
        assertThat(data.schema().name()).isEqualTo("dev.millrace.contract.TaskStatus");
        assertThat(status.getString("taskId")).isEqualTo("words/0");
        assertThat(status.getInt64("sequence")).isEqualTo(4);
        assertThat(status.getString("state")).isEqualTo("TASK_FINISHED");
        assertThat(status.getBoolean("taskEnded")).isTrue();
        assertThat(status.getInt32("exitCode")).isZero();
        assertThat(status.getInt32("signal")).isNull();
        assertThat(status.get("decidedAt")).isEqualTo(Date.from(Instant.parse("2026-07-01T12:00:00Z")));
    }

    @Test
    void aStatusBecomesALineOfJsonIfThatIsConfigured() {
        byte[] bytes = codec.encode(finished());

        SchemaAndValue data = converter(Map.of("form", "json")).toConnectData(STATUSES, bytes);

        assertThat((String) data.value())
                .startsWith("{\"pool\":\"default\",\"taskId\":\"words/0\",\"submissionId\":\"\",")
                .contains("\"state\":\"TASK_FINISHED\",\"attemptEnded\":true,")
                .contains("\"decidedAt\":\"2026-07-01T12:00:00.000Z\",\"delayMs\":null,\"exitCode\":0,");
    }

    @Test
    void aTextInJsonBecomesTheConfiguredRecordWithTheContractsDefaults() {
        byte[] bytes = requests.fromConnectData(REQUESTS, Schema.STRING_SCHEMA, REQUEST);

        TaskRequest request = (TaskRequest) ((Decoded.Value) codec.decode(bytes)).record();
        assertThat(request.getTaskId()).isEqualTo("words/0");
        assertThat(request.getResources().getCpuMillis()).isEqualTo(500);
        assertThat(request.getRole()).isEqualTo("default");
        assertThat(request.getRestartPolicy().getAttempts()).isEqualTo(3);
        assertThat(request.getLimits()).isNull();
    }

    @Test
    void aStructOfAnotherSchemaIsReadByItsFieldsNames() {
        Schema schema = SchemaBuilder.struct()
                .name("com.example.Stop")
                .field("pool", Schema.STRING_SCHEMA)
                .field("taskId", Schema.STRING_SCHEMA)
                .field("gracePeriodMs", Schema.INT16_SCHEMA)
                .build();
        Struct struct = new Struct(schema)
                .put("pool", "default")
                .put("taskId", "words/0")
                .put("gracePeriodMs", (short) 100);

        byte[] bytes = converter(Map.of("record", "KillRequest")).fromConnectData(REQUESTS, schema, struct);

        assertThat(codec.decode(bytes))
                .isEqualTo(new Decoded.Value(new KillRequest("default", "words/0", 100L, "", "")));
    }

    @Test
    void aStructThatNamesItsRecordIsThatRecordWhateverIsConfigured() {
        Schema schema = ContractType.named("KillRequest").orElseThrow().connect();
        Struct struct = new Struct(schema).put("pool", "default").put("taskId", "words/0");

        byte[] bytes = requests.fromConnectData(REQUESTS, schema, struct);

        assertThat(codec.decode(bytes))
                .isEqualTo(new Decoded.Value(new KillRequest("default", "words/0", null, "", "")));
    }

    @Test
    void tombstonesAreNullOnBothSides() {
        assertThat(requests.fromConnectData(REQUESTS, null, null)).isNull();
        assertThat(requests.toConnectData(REQUESTS, null)).isEqualTo(SchemaAndValue.NULL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"pool": 7}                                          | TaskRequest.pool: "7" is not a text
                    {"pool": "a"}                                        | TaskRequest.taskId: is missing
                    {"pool": "a", "taskId": "b", "comand": "true"}       | TaskRequest.comand: TaskRequest has no such field
                    {"pool": "a", "taskId": "b", "resources": 5}         | TaskRequest.resources: "5" is not an object with the fields of Resources
                    {"pool": "a", "taskId": "b", "instance": 3000000000} | TaskRequest.instance: "3000000000" is not a whole number of 32 bits
                    {"pool": "a", "taskId": "b", "priority": 1.5}        | TaskRequest.priority: "1.5" is not a whole number of 64 bits
                    {"pool": "a", "taskId": "b", "argv": "true"}         | TaskRequest.argv: "true" is not a list
                    {"pool": "a", "taskId": "b", "argv": ["a", null]}    | TaskRequest.argv[1]: must not be null
                    {"pool": "a", "taskId": "b", "user": {}}             | TaskRequest.user: an object is not a text
                    {"pool": "a", "taskId": "b", "submittedAt": "noon"}  | TaskRequest.submittedAt: "noon" is not a time such as
                    {"pool": "a", "taskId": "b", "resources": {}, "isolationRequired": "no"} | TaskRequest.isolationRequired: "no" is not true or false
                    {"pool": "a", "taskId": "b", "resources": {"memMib": 99999999999999999999}} | TaskRequest.resources.memMib: "99999999999999999999" is not a whole number of 64 bits
                    {"pool": "a", "taskId": "b", "resources": {}, "restartPolicy": {"mode": "MAYBE"}} | TaskRequest.restartPolicy.mode: "MAYBE" is none of RESTART_UNKNOWN, NEVER, ON_FAILURE, ALWAYS
                    {"pool": "a", "taskId": "b", "resources": {}, "labels": [{"key": "x", "value": "y"}, {"key": "z"}]} | TaskRequest.labels[1].value: is missing
                    [1]                                                  | TaskRequest: the text must be a JSON object
                    {"pool": "a", "pool": "b"}                           | TaskRequest: not valid JSON at line 1, column 21: Duplicate field 'pool'
                    {"pool":                                             | TaskRequest: not valid JSON at line 1
                    {} {}                                                | TaskRequest: not valid JSON at line 1
                    """)
    void aTextThatDoesNotFitIsRefusedWithTopicFieldAndReason(String text, String message) {
        assertThatThrownBy(() -> requests.fromConnectData(REQUESTS, Schema.STRING_SCHEMA, text))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(REQUESTS + ": " + message);
    }

    @Test
    void anEmptyTextIsRefused() {
        assertThatThrownBy(() -> requests.fromConnectData(REQUESTS, Schema.STRING_SCHEMA, ""))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(REQUESTS + ": TaskRequest: not valid JSON");
    }

    @Test
    void aRecordThatBreaksTheContractsRulesIsRefusedWithAllOfThem() {
        String text = REQUEST.replace("\"words/0\"", "\"words//0\", \"priority\": 900");

        assertThatThrownBy(() -> requests.fromConnectData(REQUESTS, Schema.STRING_SCHEMA, text))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(REQUESTS + ": TaskRequest: ")
                .hasMessageContaining("taskId is \"words//0\": must be ")
                .hasMessageContaining("priority is 900: must be 0 to 100");
    }

    @Test
    void theRulesAreLeftToTheSchedulerIfThatIsConfigured() {
        MillraceConverter lenient = converter(Map.of("record", "TaskRequest", "validate", "false"));

        byte[] bytes = lenient.fromConnectData(REQUESTS, null, Map.of("pool", "", "taskId", "", "resources", Map.of()));

        assertThat(codec.decode(bytes)).isInstanceOf(Decoded.Value.class);
    }

    @Test
    void aValueWithoutATypeIsRefusedIfNoneIsConfigured() {
        assertThatThrownBy(() -> converter(Map.of()).fromConnectData(REQUESTS, null, Map.of("pool", "default")))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        REQUESTS + ": the value does not say which record it is; set the option 'record', such as to"
                                + " TaskRequest");
    }

    @Test
    void aSingleValueIsNoRecord() {
        assertThatThrownBy(() -> requests.fromConnectData(REQUESTS, Schema.INT32_SCHEMA, 5))
                .isInstanceOf(DataException.class)
                .hasMessage(REQUESTS
                        + ": a value of java.lang.Integer is no record; it must be a Struct, a Map or a text in"
                        + " JSON");
    }

    @Test
    void aRecordThatDoesNotBelongOnTheTopicIsRefusedInBothDirections() {
        assertThatThrownBy(() -> converter(Map.of("record", "Tick"))
                        .fromConnectData(REQUESTS, null, Map.of("partition", 0, "intervalMs", 250)))
                .isInstanceOf(DataException.class)
                .hasMessage(REQUESTS + ": a Tick does not belong on this topic");
        assertThatThrownBy(() -> requests.toConnectData(REQUESTS, codec.encode(new Tick(0, 250L))))
                .isInstanceOf(DataException.class)
                .hasMessage(REQUESTS + ": WRONG_TOPIC: a Tick does not belong on task-requests");
    }

    @Test
    void topicsOfOtherNamesCarryAnyRecord() {
        byte[] bytes = converter(Map.of("record", "Tick"))
                .fromConnectData("elsewhere", null, Map.of("partition", 0, "intervalMs", 250));

        assertThat(requests.toConnectData("elsewhere", bytes).schema().name()).isEqualTo("dev.millrace.contract.Tick");
    }

    @Test
    void aRecordThatIsLargerThanTheTopicTakesIsRefused() {
        Map<String, Object> request = new HashMap<>(Map.of("pool", "default", "taskId", "words/0"));
        request.put("argv", Collections.nCopies(4, "x".repeat(100_000)));
        request.put("resources", Map.of("cpuMillis", 1));

        assertThatThrownBy(() -> requests.fromConnectData(REQUESTS, null, request))
                .isInstanceOf(DataException.class)
                .hasMessageMatching(REQUESTS + ": the TaskRequest has 4\\d{5} bytes; at most 262144 are taken");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain text", "{\"pool\": \"default\"}"})
    void bytesThatAreNoRecordAreRefusedWithTopicAndReason(String text) {
        assertThatThrownBy(() -> requests.toConnectData(STATUSES, text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(STATUSES + ": NOT_ENCODED: the value, of " + text.length() + " bytes,");
    }

    @Test
    void aTruncatedRecordIsRefused() {
        byte[] bytes = codec.encode(finished());

        assertThatThrownBy(() -> requests.toConnectData(STATUSES, Arrays.copyOf(bytes, bytes.length - 3)))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(STATUSES + ": MALFORMED: not a valid TaskStatus: at byte ");
    }

    @Test
    void anUnknownSchemaIsNamedByItsFingerprintIfNoTopicIsConfiguredToLookItUpOn() {
        byte[] bytes = codec.encode(finished());
        bytes[2] ^= 1;

        assertThatThrownBy(() -> requests.toConnectData(STATUSES, bytes))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(STATUSES + ": UNKNOWN_SCHEMA: no schema of fingerprint ");
    }

    @Test
    void wrongOptionsAreRefusedInWords() {
        assertThatThrownBy(() -> converter(Map.of("record", "TaskRequests")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "Invalid value TaskRequests for configuration record: must be one of TaskRequest, ");
        assertThatThrownBy(() -> converter(Map.of("form", "xml")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must be one of: struct, json");
        assertThatThrownBy(() -> converter(Map.of("topic.prefix", "a b")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("topic.prefix");
        assertThatThrownBy(() -> new MillraceConverter().configure(Map.of(), true))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("StringConverter");
    }

    @Test
    void listsOfOptionsAreKnownToConnect() {
        assertThat(new MillraceConverter().config().names())
                .isEqualTo(new LinkedHashSet<>(
                        List.of("record", "form", "validate", "topic.prefix", "schemas.bootstrap.servers")));
    }

    private static MillraceConverter converter(Map<String, String> options) {
        MillraceConverter converter = new MillraceConverter();
        converter.configure(options, false);
        return converter;
    }

    private static TaskStatus finished() {
        return TaskStatus.newBuilder()
                .setPool("default")
                .setTaskId("words/0")
                .setSequence(4)
                .setAttempt(1)
                .setState(TaskState.TASK_FINISHED)
                .setAttemptEnded(true)
                .setTaskEnded(true)
                .setSource(StatusSource.SOURCE_AGENT)
                .setReason(Reason.REASON_COMMAND_EXITED)
                .setExitCode(0)
                .setDecidedAt(Instant.parse("2026-07-01T12:00:00Z"))
                .build();
    }
}
