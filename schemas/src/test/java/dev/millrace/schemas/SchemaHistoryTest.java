package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The history holds the schemas of each release, and of the one that is being made. While a release is being made, its schemas may
 * change, and the files are written anew with {@code mvn -pl schemas test -Dmillrace.history.write=true}; those of earlier releases are
 * never touched again.
 */
class SchemaHistoryTest {
    private static final Path HISTORY = Path.of("history");
    private static final String VERSION = System.getProperty("millrace.version").replace("-SNAPSHOT", "");
    private static final String REMEDY = "write the history with: mvn -pl schemas test -Dmillrace.history.write=true";

    @BeforeAll
    static void writeIfAsked() throws IOException {
        if (!Boolean.getBoolean("millrace.history.write")) {
            return;
        }
        Path directory = HISTORY.resolve(VERSION);
        Files.createDirectories(directory);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        for (PublishedSchema schema : PublishedSchema.all()) {
            Files.writeString(directory.resolve(schema.recordName() + ".avsc"), schema.json() + "\n");
        }
        Files.write(HISTORY.resolve(SchemaHistory.INDEX), files());
    }

    @Test
    void holdsEveryRecordOfThisVersion() throws IOException {
        for (PublishedSchema schema : PublishedSchema.all()) {
            Path file = HISTORY.resolve(VERSION).resolve(schema.recordName() + ".avsc");

            assertThat(file).as(REMEDY).exists();
            assertThat(Files.readString(file)).as(REMEDY).isEqualTo(schema.json() + "\n");
        }
    }

    @Test
    void itsIndexListsItsFiles() throws IOException {
        assertThat(Files.readAllLines(HISTORY.resolve(SchemaHistory.INDEX)))
                .as(REMEDY)
                .isEqualTo(files());
    }

    @Test
    void everyVersionOfARecordCanBeReadAsEveryOther() throws IOException {
        List<String> problems = new ArrayList<>();
        for (String readerFile : files()) {
            for (String writerFile : files()) {
                if (recordName(readerFile).equals(recordName(writerFile))) {
                    SchemaCompatibility.SchemaPairCompatibility pair =
                            SchemaCompatibility.checkReaderWriterCompatibility(parse(readerFile), parse(writerFile));
                    if (pair.getType() != SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE) {
                        problems.add(readerFile + " cannot read " + writerFile + ": "
                                + pair.getResult().getIncompatibilities());
                    }
                }
            }
        }

        assertThat(problems).isEmpty();
    }

    private static List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(HISTORY)) {
            return files.filter(file -> file.toString().endsWith(".avsc"))
                    .map(file -> HISTORY.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static Schema parse(String file) throws IOException {
        return new Schema.Parser().parse(Files.readString(HISTORY.resolve(file)));
    }

    private static String recordName(String file) {
        return file.substring(file.indexOf('/') + 1);
    }
}
