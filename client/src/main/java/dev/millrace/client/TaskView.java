package dev.millrace.client;

import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.MillraceDeserializer;
import dev.millrace.state.SavedTask;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** A task as the scheduler's state had it when the read model was last refreshed. Any thread may use it. */
public final class TaskView {
    private final SavedTask task;
    private final byte @Nullable [] request;
    private final MillraceDeserializer deserializer;

    TaskView(SavedTask task, byte @Nullable [] request, MillraceDeserializer deserializer) {
        this.task = task;
        this.request = request;
        this.deserializer = deserializer;
    }

    public String pool() {
        return task.getPool();
    }

    public String taskId() {
        return task.getTaskId();
    }

    /** Where it stands. */
    public SavedTask task() {
        return task;
    }

    /** What was asked for, decoded at each call; empty if it has not been read yet, which the next refresh makes good. */
    public Optional<TaskRequest> request() {
        SpecificRecord record = deserializer.deserialize(null, request);
        return record instanceof TaskRequest taskRequest ? Optional.of(taskRequest) : Optional.empty();
    }
}
