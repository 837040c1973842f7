package dev.millrace.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExamplesTest {
    private static final Path ROOT = Path.of("..");
    private static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("examples"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void isAJobFileWithoutFaults(Path example) throws IOException {
        assertThat(JobFileReader.read(example.toString(), Files.readString(example), NOW))
                .isInstanceOf(JobFileReading.Read.class);
    }

    @Test
    void theSampleInTheReferenceIsAJobFileWithoutFaults() throws IOException {
        var reference = Files.readString(ROOT.resolve("docs/job-files.md"));
        var sample = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(reference);

        assertThat(sample.find()).isTrue();
        assertThat(JobFileReader.read("sample", sample.group(1), NOW)).isInstanceOf(JobFileReading.Read.class);
    }
}
