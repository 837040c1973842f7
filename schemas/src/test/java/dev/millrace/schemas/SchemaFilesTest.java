package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaFilesTest {
    @TempDir
    private Path directory;

    @Test
    void writesEachRecordOfATopicWithItsHeader() throws IOException {
        List<String> names = SchemaFiles.export(directory.resolve("new"));

        List<String> headers = Files.readAllLines(directory.resolve("new").resolve(SchemaFiles.HEADERS));
        for (Topic topic : Topic.values()) {
            for (Class<?> type : topic.types()) {
                RecordType record = RecordTypes.of(type).orElseThrow();
                String file = record.name() + ".avsc";
                Schema written = new Schema.Parser()
                        .parse(Files.readString(directory.resolve("new").resolve(file)));
                assertThat(Fingerprint.of(written)).isEqualTo(record.fingerprint());
                assertThat(headers)
                        .contains(HexFormat.of().withUpperCase().formatHex(record.header()) + "  " + record.name());
                assertThat(names).contains(file);
            }
        }
        assertThat(names).contains(SchemaFiles.HEADERS).doesNotContain("SavedTask.avsc");
    }

    @Test
    void otherProgramsSeePlainStringsAndAllDocumentation() throws IOException {
        SchemaFiles.export(directory);

        String json = Files.readString(directory.resolve("TaskRequest.avsc"));
        assertThat(json).doesNotContain("avro.java.string");
        assertThat(new Schema.Parser().parse(json).getField("priority").doc())
                .isEqualTo(TaskRequest.getClassSchema().getField("priority").doc());
    }
}
