package dev.millrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonRecordsTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void writesEachFieldUnderItsAvroNameInTheOrderOfTheSchema() {
        var status = TaskStatus.newBuilder()
                .setPool("default")
                .setTaskId("j-1/t/0")
                .setSequence(3)
                .setAttempt(1)
                .setState(TaskState.TASK_FINISHED)
                .setAttemptEnded(true)
                .setTaskEnded(true)
                .setSource(StatusSource.SOURCE_AGENT)
                .setMessage("a \"quoted\"\nword")
                .setDecidedAt(NOON)
                .setExitCode(0)
                .build();

        assertThat(JsonRecords.line(status))
                .isEqualTo(
                        "{\"pool\":\"default\",\"taskId\":\"j-1/t/0\",\"submissionId\":\"\",\"role\":\"\",\"sequence\":3,"
                                + "\"attempt\":1,\"state\":\"TASK_FINISHED\",\"attemptEnded\":true,\"taskEnded\":true,"
                                + "\"source\":\"SOURCE_AGENT\",\"reason\":\"REASON_NONE\",\"message\":\"a \\\"quoted\\\"\\nword\","
                                + "\"agentId\":null,\"decidedAt\":\"2026-03-01T12:00:00.000Z\",\"delayMs\":null,\"exitCode\":0,"
                                + "\"signal\":null,\"startedAt\":null,\"endedAt\":null,\"peakMemoryBytes\":null,\"placement\":null,"
                                + "\"frameworkId\":\"\",\"executorId\":\"\",\"data\":\"\"}");
    }

    @Test
    void writesBytesAsBase64AndLeavesTheBufferAsItWas() {
        var data = ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8));
        var chunk = new LogChunk("default", "j-1/t/0", 1, "a1", LogStream.STDOUT, 0L, data, true, NOON);

        assertThat(JsonRecords.line(chunk)).contains("\"data\":\"aGVsbG8=\"").contains("\"last\":true");
        assertThat(data.remaining()).isEqualTo(5);
    }

    @Test
    void joinsPartsIntoOneObject() {
        var line = JsonRecords.line(Arrays.asList(
                new JsonRecords.Part("labels", List.of(new KeyValue("a", "b"))),
                new JsonRecords.Part("count", 3L),
                new JsonRecords.Part("none", null)));

        assertThat(line).isEqualTo("{\"labels\":[{\"key\":\"a\",\"value\":\"b\"}],\"count\":3,\"none\":null}");
    }
}
