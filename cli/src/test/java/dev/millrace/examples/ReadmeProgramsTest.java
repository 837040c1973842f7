package dev.millrace.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the programs that the README shows, against a whole cluster, and sees to it that it and other pages show what is run. */
class ReadmeProgramsTest {
    private static final Path ROOT = Path.of("..");

    @Test
    void submitsATaskAndReadsItsStatuses() throws Exception {
        try (TemporaryCluster cluster = TemporaryCluster.start(new Topics(Topics.DEFAULT_PREFIX), 1, line -> {})) {
            String bootstrapServers = cluster.config().bootstrapServers();

            TaskStatus end = SubmitAndWait.run(bootstrapServers);
            List<TaskState> states = new ArrayList<>();
            FollowStatuses.follow(bootstrapServers, status -> {
                states.add(status.getState());
                return !status.getTaskEnded();
            });

            assertThat(end.getState()).isEqualTo(TaskState.TASK_FINISHED);
            assertThat(states)
                    .containsExactly(
                            TaskState.TASK_QUEUED,
                            TaskState.TASK_STAGING,
                            TaskState.TASK_RUNNING,
                            TaskState.TASK_FINISHED);
        }
    }

    @ParameterizedTest
    @CsvSource({"README.md, 3", "docs/frameworks.md, 2"})
    void showsInTheDocumentsWhatIsRunHere(String document, int snippetCount) throws IOException {
        String programs = squeezed(allText(ROOT.resolve("examples/java")));
        Matcher snippets =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(ROOT.resolve(document)));

        int count = 0;
        while (snippets.find()) {
            count++;
            assertThat(programs).contains(squeezed(snippets.group(1)));
        }
        assertThat(count).isEqualTo(snippetCount);
    }

    private static String allText(Path directory) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    private static String squeezed(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
