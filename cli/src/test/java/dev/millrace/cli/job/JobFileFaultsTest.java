package dev.millrace.cli.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each file under {@code bad-jobs} is refused with just the messages that stand in the file of the same name with the ending .txt. */
class JobFileFaultsTest {
    private static final Path BAD_JOBS = Path.of("src/test/resources/bad-jobs");
    private static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");

    static List<Path> badJobs() throws IOException {
        try (Stream<Path> files = Files.list(BAD_JOBS)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("badJobs")
    void namesEverythingThatIsWrong(Path file) {
        var name = file.getFileName().toString();

        var reading = JobFileReader.read(name, read(file), NOW);

        assertThat(reading).isInstanceOf(JobFileReading.Refused.class);
        var messages = ((JobFileReading.Refused) reading)
                .faults().stream().map(fault -> fault + "\n").collect(Collectors.joining());
        assertThat(messages).isEqualTo(read(file.resolveSibling(name.replace(".yaml", ".txt"))));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
