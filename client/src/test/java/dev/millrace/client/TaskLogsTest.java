package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaskLogsTest {
    private final TestCluster cluster = TestCluster.with("logs");

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void noByteComesTwice() {
        publish(chunk("a", LogStream.STDOUT, 0, "one "));
        publish(chunk("a", LogStream.STDERR, 0, "oops"));
        publish(chunk("a", LogStream.STDOUT, 4, "two "));
        publish(chunk("a", LogStream.STDOUT, 0, "one "));
        publish(chunk("a", LogStream.STDOUT, 4, "two three "));
        publish(last("a", LogStream.STDOUT, 8, "three four"));
        publish(last("a", LogStream.STDOUT, 8, "three four"));
        publish(last("a", LogStream.STDERR, 4, ""));

        List<LogChunk> chunks = readToTheEnd(List.of("a"), 2);

        assertThat(text(chunks, LogStream.STDOUT)).isEqualTo("one two three four");
        assertThat(text(chunks, LogStream.STDERR)).isEqualTo("oops");
        assertThat(chunks).filteredOn(LogChunk::getLast).hasSize(2);
        assertThat(chunks.get(3).getPosition()).isEqualTo(8);
    }

    @Test
    void aRepeatedLastChunkSaysThatItIsTheLastAllTheSame() {
        publish(chunk("a", LogStream.STDOUT, 0, "all"));
        publish(last("a", LogStream.STDOUT, 0, "all"));

        List<LogChunk> chunks = readToTheEnd(List.of("a"), 1);

        assertThat(text(chunks, LogStream.STDOUT)).isEqualTo("all");
        assertThat(chunks.get(1).getPosition()).isEqualTo(3);
    }

    @Test
    void aGapShowsInThePositions() {
        publish(chunk("a", LogStream.STDOUT, 0, "one "));
        publish(last("a", LogStream.STDOUT, 100, "later"));

        assertThat(readToTheEnd(List.of("a"), 1))
                .extracting(LogChunk::getPosition)
                .containsExactly(0L, 100L);
    }

    @Test
    void followsSeveralTasksAndLeavesOutOthers() {
        publish(last("a", LogStream.STDOUT, 0, "of a"));
        publish(last("b", LogStream.STDOUT, 0, "of b"));
        publish(last("c", LogStream.STDOUT, 0, "of c"));
        publish(LogChunk.newBuilder(last("a", LogStream.STDERR, 0, ""))
                .setPool("other")
                .build());

        assertThat(readToTheEnd(List.of("a", "c"), 2))
                .extracting(LogChunk::getTaskId)
                .containsExactlyInAnyOrder("a", "c");
    }

    @Test
    void saysWhenAllThatWasThereHasComeAlsoIfItWasOthers() {
        publish(last("b", LogStream.STDOUT, 0, "of b"));

        try (TaskLogs logs = new TaskLogs(cluster.config, "default", List.of("a", "b", "c"), Start.beginning())) {
            boolean reachedBeforeReading = logs.reachedEnd();

            assertThat(reachedBeforeReading).isFalse();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                logs.poll(Duration.ofMillis(200));
                return logs.reachedEnd();
            });
        }
    }

    @Test
    void namesAtLeastOneTask() {
        assertThatThrownBy(() -> new TaskLogs(cluster.config, "default", List.of(), Start.beginning()))
                .hasMessage("no task is named");
    }

    private List<LogChunk> readToTheEnd(List<String> tasks, int streams) {
        List<LogChunk> chunks = new ArrayList<>();
        try (TaskLogs logs = new TaskLogs(cluster.config, "default", tasks, Start.beginning())) {
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                chunks.addAll(logs.poll(Duration.ofMillis(200)));
                return chunks.stream().filter(LogChunk::getLast).count() == streams;
            });
        }
        return chunks;
    }

    private void publish(LogChunk chunk) {
        int partition = Topics.partition(chunk.getTaskId(), TestCluster.PARTITIONS);
        cluster.publish(Topic.TASK_LOGS, partition, chunk.getTaskId(), chunk);
    }

    private static LogChunk chunk(String taskId, LogStream stream, long position, String text) {
        return LogChunk.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setAttempt(1)
                .setAgentId("agent-1")
                .setStream(stream)
                .setPosition(position)
                .setData(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
                .setReadAt(Instant.EPOCH)
                .build();
    }

    private static LogChunk last(String taskId, LogStream stream, long position, String text) {
        return LogChunk.newBuilder(chunk(taskId, stream, position, text))
                .setLast(true)
                .build();
    }

    private static String text(List<LogChunk> chunks, LogStream stream) {
        StringBuilder text = new StringBuilder();
        for (LogChunk chunk : chunks) {
            if (chunk.getStream() == stream) {
                text.append(StandardCharsets.UTF_8.decode(chunk.getData().duplicate()));
            }
        }
        return text.toString();
    }
}
