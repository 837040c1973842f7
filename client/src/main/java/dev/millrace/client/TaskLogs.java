package dev.millrace.client;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * What some tasks of a pool write to their standard output and error. The chunks of one stream of one attempt come in order of position,
 * and no byte twice: agents send again what they do not know to be safe. A chunk that begins beyond the end of the one before it says
 * that bytes between them are lost, or no longer kept. Mutable; one thread at a time uses it, but for {@link #wakeUp}.
 */
public final class TaskLogs implements AutoCloseable {
    private final String pool;
    private final Predicate<String> wanted;
    private final RecordReader reader;
    private final Map<StreamOfAttempt, Long> ends = new HashMap<>();

    private record StreamOfAttempt(String taskId, int attempt, LogStream stream) {}

    /**
     * Connects, and settles where to begin before it returns.
     *
     * @param taskIds the tasks, at least one
     * @param start where to begin; a position makes sense for one task only
     * @throws ClusterException if the topic does not exist or cannot be reached
     */
    public TaskLogs(ClusterConfig config, String pool, Collection<String> taskIds, Start start) {
        if (taskIds.isEmpty()) {
            throw new IllegalArgumentException("no task is named");
        }
        Set<String> named = new HashSet<>(taskIds);
        this.pool = pool;
        this.wanted = named::contains;
        this.reader = new RecordReader(config, Topic.TASK_LOGS, count -> partitions(named, count), start);
    }

    private TaskLogs(String pool, Predicate<String> wanted, RecordReader reader) {
        this.pool = pool;
        this.wanted = wanted;
        this.reader = reader;
    }

    /**
     * What those tasks write from now on that are wanted when their output comes, whichever they are. All partitions are read for it.
     *
     * @throws ClusterException if the topic does not exist or cannot be reached
     */
    public static TaskLogs ofWanted(ClusterConfig config, String pool, Predicate<String> wanted) {
        RecordReader reader = new RecordReader(
                config,
                Topic.TASK_LOGS,
                count -> IntStream.range(0, count).boxed().toList(),
                Start.end());
        return new TaskLogs(pool, wanted, reader);
    }

    /**
     * Waits for chunks.
     *
     * @param timeout how long to wait if there is none
     * @return those that came, without what came before; the last one of a stream has {@code last} and may be empty
     * @throws org.apache.kafka.common.KafkaException if they cannot be read
     */
    public List<LogChunk> poll(Duration timeout) {
        List<LogChunk> chunks = new ArrayList<>();
        reader.poll(timeout, record -> {
            if (record instanceof LogChunk chunk && chunk.getPool().equals(pool) && wanted.test(chunk.getTaskId())) {
                take(chunk, chunks);
            }
        });
        return chunks;
    }

    /** Whether all that was there when this was made has been handed over. */
    public boolean reachedEnd() {
        return reader.reachedEnd();
    }

    /** Makes the present or next {@link #poll} return at once. Any thread may call it. */
    public void wakeUp() {
        reader.wakeUp();
    }

    @Override
    public void close() {
        reader.close();
    }

    private static Set<Integer> partitions(Set<String> taskIds, int count) {
        Set<Integer> partitions = new HashSet<>();
        for (String taskId : taskIds) {
            partitions.add(Topics.partition(taskId, count));
        }
        return partitions;
    }

    private void take(LogChunk chunk, List<LogChunk> chunks) {
        StreamOfAttempt stream = new StreamOfAttempt(chunk.getTaskId(), chunk.getAttempt(), chunk.getStream());
        long seen = ends.getOrDefault(stream, -1L);
        if (seen == Long.MAX_VALUE) {
            return; // Its last chunk has come.
        }
        ByteBuffer data = chunk.getData();
        long end = chunk.getPosition() + data.remaining();
        if (end <= seen && !chunk.getLast()) {
            return;
        }
        ends.put(stream, chunk.getLast() ? Long.MAX_VALUE : end);
        chunks.add(
                chunk.getPosition() >= seen
                        ? chunk
                        : withoutFirst((int) Math.min(seen - chunk.getPosition(), data.remaining()), chunk));
    }

    private static LogChunk withoutFirst(int bytes, LogChunk chunk) {
        ByteBuffer rest = chunk.getData()
                .slice(chunk.getData().position() + bytes, chunk.getData().remaining() - bytes);
        return LogChunk.newBuilder(chunk)
                .setPosition(chunk.getPosition() + bytes)
                .setData(rest)
                .build();
    }
}
