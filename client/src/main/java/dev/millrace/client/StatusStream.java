package dev.millrace.client;

import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The statuses of one pool's tasks in the order in which the scheduler decided them, committed ones only: per task, the sequence numbers
 * rise by one from 1, without gaps or repetition, and nothing has to be sorted or repaired. (An answer to a refused request has the
 * number 0.) To see all that becomes of one's own tasks, open the stream at the end before submitting them. Mutable; one thread at a time
 * uses it, but for {@link #wakeUp}.
 */
public final class StatusStream implements AutoCloseable {
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);

    /** Only of this pool; empty = of all pools. */
    private final String pool;

    private final RecordReader reader;

    /**
     * Connects, and settles where to begin before it returns.
     *
     * @throws ClusterException if the topic does not exist or cannot be reached
     */
    public StatusStream(ClusterConfig config, String pool, Start start) {
        this(pool, new RecordReader(config, Topic.TASK_STATUS, count -> List.of(Topics.partition(pool, count)), start));
    }

    private StatusStream(String pool, RecordReader reader) {
        this.pool = pool;
        this.reader = reader;
    }

    /**
     * The statuses of all pools' tasks. Those of one pool come in order, those of several are mixed; {@link #position} has no meaning.
     *
     * @throws ClusterException if the topic does not exist or cannot be reached
     */
    public static StatusStream ofAllPools(ClusterConfig config, Start start) {
        return new StatusStream(
                "",
                new RecordReader(
                        config,
                        Topic.TASK_STATUS,
                        count -> IntStream.range(0, count).boxed().toList(),
                        start));
    }

    /**
     * Waits for statuses.
     *
     * @param timeout how long to wait if there is none
     * @return those that came; empty if none did, or {@link #wakeUp} was called
     * @throws org.apache.kafka.common.KafkaException if they cannot be read
     */
    public List<TaskStatus> poll(Duration timeout) {
        List<TaskStatus> statuses = new ArrayList<>();
        reader.poll(timeout, record -> {
            // Other pools may share the partition.
            if (record instanceof TaskStatus status
                    && (pool.isEmpty() || status.getPool().equals(pool))) {
                statuses.add(status);
            }
        });
        return statuses;
    }

    /**
     * Waits for the end of tasks. A task has ended when a status has {@code taskEnded}, or when its request was refused: then the refusal
     * is its only status. Statuses of other tasks that come meanwhile are passed over.
     *
     * <p>A refusal ends nothing if a status of the task itself came before it, for then it answers another request, such as the same one
     * submitted once more. Nor does one because the id is taken ({@code REASON_DUPLICATE_TASK_ID}) as long as the task of that id lives:
     * whoever submitted it, this waits for its end, so that a request may be repeated whenever it is not known whether it arrived. How
     * long that is to be, the time limit says: a task that had ended before this stream was opened does not end again, and is missing in
     * the result. {@link ReadModel} knows it.
     *
     * @param taskIds the tasks
     * @param timeout how long to wait for the last of them
     * @return the last status of each task that ended in time
     */
    public Map<String, TaskStatus> awaitEnd(Collection<String> taskIds, Duration timeout) {
        Map<String, TaskStatus> ended = new HashMap<>();
        TaskEnds ends = new TaskEnds(taskIds);
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!ends.all()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            Duration wait = Duration.ofNanos(Math.min(left, POLL_TIMEOUT.toNanos()));
            for (TaskStatus status : poll(wait)) {
                if (ends.endedBy(status)) {
                    ended.put(status.getTaskId(), status);
                }
            }
        }
        return ended;
    }

    /** The position of the next status: where {@link Start#at} goes on. */
    public long position() {
        return reader.position();
    }

    /** Whether all statuses that were there when the stream was opened have been handed over. */
    public boolean reachedEnd() {
        return reader.reachedEnd();
    }

    /** How many values were passed over because they were no records. */
    public long leftOut() {
        return reader.leftOut();
    }

    /** Makes the present or next {@link #poll} return at once. Any thread may call it. */
    public void wakeUp() {
        reader.wakeUp();
    }

    @Override
    public void close() {
        reader.close();
    }
}
