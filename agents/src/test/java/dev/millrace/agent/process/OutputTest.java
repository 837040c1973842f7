package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
    private static final long PUBLISHED_BYTES = 8L << 20;

    @TempDir
    Path directory;

    private RunnerFixture agent;

    @BeforeEach
    void open() {
        agent = new RunnerFixture(directory.resolve("work"), config -> config.withPublishedBytes(PUBLISHED_BYTES));
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void publishesBothStreamsAndSaysWhichChunkIsTheLast() {
        agent.run(shell("t", "echo out; echo err >&2"));

        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("out\n");
        assertThat(agent.awaitOutput("t", LogStream.STDERR)).isEqualTo("err\n");
        assertThat(agent.sink.chunks).allSatisfy(chunk -> {
            assertThat(chunk.getPool()).isEqualTo(RunnerFixture.POOL);
            assertThat(chunk.getAgentId()).isEqualTo(RunnerFixture.AGENT);
            assertThat(chunk.getAttempt()).isEqualTo(1);
        });
    }

    @Test
    void publishesAnEmptyLastChunkOfASilentTask() {
        agent.run(argv("t", "true"));

        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEmpty();
        assertThat(agent.awaitOutput("t", LogStream.STDERR)).isEmpty();
        assertThat(agent.sink.chunks).hasSize(2);
    }

    @Test
    void publishesLargeOutputCompleteAndInOrder() {
        agent.run(argv("t", "seq", "1", "1000000"));

        String expected = IntStream.rangeClosed(1, 1_000_000)
                .mapToObj(String::valueOf)
                .collect(Collectors.joining("\n", "", "\n"));
        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo(expected);
        List<LogChunk> chunks = agent.sink.chunksOf("t", LogStream.STDOUT);
        assertThat(chunks)
                .allSatisfy(chunk ->
                        assertThat(chunk.getData().remaining()).isLessThanOrEqualTo(OutputTail.MAX_CHUNK_BYTES));
        long position = 0;
        for (LogChunk chunk : chunks) {
            assertThat(chunk.getPosition()).isEqualTo(position);
            position += chunk.getData().remaining();
        }
        assertThat(chunks.stream().filter(LogChunk::getLast)).hasSize(1);
    }

    @Test
    void publishesBytesAsTheyAre() throws IOException {
        agent.run(shell("t", "head -c 300000 /dev/urandom; printf '\\000\\377äöü✓😀'"));

        agent.awaitOutput("t", LogStream.STDOUT);

        byte[] output = agent.sink.output("t", LogStream.STDOUT);
        assertThat(output).isEqualTo(Files.readAllBytes(agent.attempt("t").resolve("stdout")));
        assertThat(new String(output, 300_002, output.length - 300_002, StandardCharsets.UTF_8))
                .isEqualTo("äöü✓😀");
    }

    @Test
    void publishesWhatALiveTaskWrites() {
        agent.run(shell("t", "echo ready; exec sleep 1000"));

        awaitThat(() -> new String(agent.sink.output("t", LogStream.STDOUT), StandardCharsets.UTF_8).equals("ready\n"));

        assertThat(agent.sink.ends()).isEmpty();
        assertThat(agent.sink.chunks).noneMatch(LogChunk::getLast);
    }

    @Test
    void goesOnFromWhereItWasAcknowledgedAfterARestart() throws IOException {
        agent.run(shell("t", "echo before; until [ -e go ]; do sleep 0.01; done; echo after"));
        awaitThat(() -> Files.exists(agent.attempt("t").resolve("published")));

        agent.restart();
        Files.createFile(agent.sandbox("t").resolve("go"));

        awaitThat(() -> agent.sink.chunksOf("t", LogStream.STDOUT).stream().anyMatch(LogChunk::getLast));
        List<LogChunk> chunks = agent.sink.chunksOf("t", LogStream.STDOUT);
        assertThat(chunks.get(0).getPosition()).isEqualTo(7);
        assertThat(chunks.stream()
                        .map(chunk -> new String(chunk.getData().array(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining()))
                .isEqualTo("after\n");
    }

    @Test
    void publishesAgainWhatWasNotAcknowledged() {
        agent.run(shell("t", "echo one; until [ -e go ]; do sleep 0.01; done; seq 1 100000; exit 0"));
        awaitThat(() -> agent.sink.output("t", LogStream.STDOUT).length == 4);
        agent.sink.broken = true;
        create("go");
        awaitThat(() -> agent.sink.chunksOf("t", LogStream.STDOUT).size() > 1);

        agent.sink.broken = false;

        awaitThat(() -> agent.files("open").isEmpty());
        String expected = IntStream.rangeClosed(1, 100_000)
                .mapToObj(String::valueOf)
                .collect(Collectors.joining("\n", "one\n", "\n"));
        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo(expected);
    }

    private void create(String file) {
        try {
            Files.createFile(agent.sandbox("t").resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void saysWhereTheRestIsWhenATaskWritesMoreThanIsPublished() throws IOException {
        agent.run(shell("t", "yes 0123456 | head -c " + (PUBLISHED_BYTES + 1_000_000) + "; echo end"));

        String output = agent.awaitOutput("t", LogStream.STDOUT);

        Path file = agent.attempt("t").resolve("stdout");
        assertThat(Files.size(file)).isEqualTo(PUBLISHED_BYTES + 1_000_004);
        String note =
                "\n[Millrace publishes 8388608 bytes of a stream; the agent agent-1 has the rest in " + file + "]\n";
        assertThat(output.length()).isEqualTo(PUBLISHED_BYTES + note.length());
        assertThat(output).endsWith("0123456\n" + note);
        LogChunk last = agent.sink.chunksOf("t", LogStream.STDOUT).stream()
                .filter(LogChunk::getLast)
                .findFirst()
                .orElseThrow();
        assertThat(last.getPosition()).as("readers find no gap").isEqualTo(output.length());
        assertThat(last.getData().remaining()).isZero();
    }

    @Test
    void goesOnWhenATaskEmptiesTheFileOfItsOutput() {
        agent.run(shell("t", "echo one; until [ -e go ]; do sleep 0.01; done; : >../stdout; echo 2; exit 0"));
        awaitThat(() -> agent.sink.output("t", LogStream.STDOUT).length == 4);
        create("go");

        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("one\n2\n");
    }

    @Test
    void hasTheOutputOfManyTasksAtOnce() {
        int count = 50;
        IntStream.range(0, count).forEach(i -> agent.run(shell("t-" + i, "echo " + i + "; echo e" + i + " >&2")));

        for (int i = 0; i < count; i++) {
            assertThat(agent.awaitOutput("t-" + i, LogStream.STDOUT)).isEqualTo(i + "\n");
            assertThat(agent.awaitOutput("t-" + i, LogStream.STDERR)).isEqualTo("e" + i + "\n");
        }
    }
}
