package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.local.TestBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one is told where there are topics, and no scheduler that takes what is in them. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class NoSchedulerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String prefix = TestBroker.newPrefix("deserted");

    @BeforeEach
    void makeTopics() {
        assertThat(Cli.type(there("topics", "create", "--partitions=1")).exitCode())
                .isZero();
    }

    @Test
    void submitSaysSoAndWritesAnObjectForEachTask() throws IOException {
        var typed = Cli.type(there("submit", "--id=x", "--name=j", "--instances=2", "-o=json", "--", "true"));

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.err())
                .isEqualTo("millrace submit: the scheduler has not answered within 10 s;"
                        + " the requests are safe in Kafka and wait for it\n");
        var objects = new ArrayList<JsonNode>();
        for (var line : typed.out().lines().toList()) {
            objects.add(JSON.readTree(line));
        }
        assertThat(objects).extracting(task -> task.get("taskId").asText()).containsExactly("j-x/task/0", "j-x/task/1");
        assertThat(objects).allMatch(task -> task.get("state").isNull());
    }

    @Test
    void theDoctorSaysSoAndWhatToType() {
        var typed = Cli.type(there("doctor"));

        assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(typed.out())
                .contains("FAIL  instances: no scheduler runs; the group " + prefix + "scheduler is Dead\n")
                .contains("      remedy: millrace scheduler --state-dir DIR --bootstrap-server "
                        + TestBroker.bootstrapServers() + " --prefix " + prefix + "\n")
                .containsPattern("\n[0-9]+ OK, 1 WARN, 1 FAIL\n$");
    }

    @Test
    void runSaysSoAndWaits(@TempDir Path directory) throws IOException {
        try (var run = MillraceProcess.start(directory, there("run", "--", "true"))) {
            run.awaitSaid("millrace: the scheduler has not answered within 10 s;"
                    + " the requests are safe in Kafka and wait for it\n");
        }
    }

    private String[] there(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        int endOfOptions = all.contains("--") ? all.indexOf("--") : all.size();
        all.addAll(endOfOptions, List.of("--bootstrap-server=" + TestBroker.bootstrapServers(), "--prefix=" + prefix));
        return all.toArray(String[]::new);
    }
}
