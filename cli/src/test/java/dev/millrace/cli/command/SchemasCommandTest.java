package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemasCommandTest {
    @TempDir
    Path directory;

    @Test
    void writesEachSchemaAndTheHeaders() throws IOException {
        var target = directory.resolve("made/anew");

        var typed = Cli.type("schemas", "export", target.toString());

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out()).contains("files written to " + target);
        var schema = new Schema.Parser().parse(Files.readString(target.resolve("TaskRequest.avsc")));
        assertThat(schema.getFullName()).isEqualTo("dev.millrace.contract.TaskRequest");
        assertThat(target.resolve("headers.txt")).content().containsPattern("C301[0-9A-F]{16}  TaskRequest");
    }

    @Test
    void saysWhyItCannotWrite() throws IOException {
        var file = Files.createFile(directory.resolve("file"));

        var typed = Cli.type("schemas", "export", file.resolve("below").toString());

        assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(typed.err()).contains("cannot write to " + file).hasLineCount(1);
    }
}
