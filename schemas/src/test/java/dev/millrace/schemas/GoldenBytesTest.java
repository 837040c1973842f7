package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Bytes that each release wrote, and that must be read for ever. Those of the release that is being made are written anew with the
 * history: {@code mvn -pl schemas test -Dmillrace.history.write=true}.
 */
class GoldenBytesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final String VERSION = System.getProperty("millrace.version").replace("-SNAPSHOT", "");

    private final RecordCodec codec = new RecordCodec();

    @BeforeAll
    static void writeIfAsked() throws IOException {
        if (Boolean.getBoolean("millrace.history.write")) {
            Files.createDirectories(GOLDEN.resolve(VERSION));
            RecordCodec codec = new RecordCodec();
            for (SpecificRecord record : SampleRecords.all()) {
                Files.writeString(file(record), HexFormat.of().formatHex(codec.encode(record)) + "\n");
            }
        }
    }

    @Test
    void thisVersionWritesTheseBytes() throws IOException {
        assertThat(SampleRecords.all()).hasSameSizeAs(RecordTypes.list());
        for (SpecificRecord record : SampleRecords.all()) {
            String hex = Files.readString(file(record)).strip();

            assertThat(HexFormat.of().formatHex(codec.encode(record)))
                    .as(record.getSchema().getName())
                    .isEqualTo(hex);
            assertThat(codec.decode(HexFormat.of().parseHex(hex))).isEqualTo(new Decoded.Value(record));
        }
    }

    @Test
    void thisVersionReadsTheBytesOfEveryRelease() throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(GOLDEN)) {
            files = walk.filter(Files::isRegularFile).toList();
        }

        assertThat(files)
                .hasSizeGreaterThanOrEqualTo(SampleRecords.all().size())
                .allSatisfy(file -> {
                    byte[] bytes =
                            HexFormat.of().parseHex(Files.readString(file).strip());
                    assertThat(codec.decode(bytes)).isInstanceOf(Decoded.Value.class);
                });
    }

    private static Path file(SpecificRecord record) {
        return GOLDEN.resolve(VERSION).resolve(record.getSchema().getName() + ".hex");
    }
}
