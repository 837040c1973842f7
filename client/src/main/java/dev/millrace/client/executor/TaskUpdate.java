package dev.millrace.client.executor;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.ExecutorRules;
import java.nio.ByteBuffer;

/**
 * What an executor says has become of a task.
 *
 * @param taskId the task
 * @param attempt the attempt, as it was launched
 * @param state {@code TASK_STARTING}, {@code TASK_RUNNING}, or an end: {@code TASK_FINISHED}, {@code TASK_FAILED}, {@code TASK_KILLED} or
 *     {@code TASK_ERROR}
 * @param reason why; {@code REASON_NONE} if none of them fits
 * @param message for people; at most 4,096 characters
 * @param data in the framework's own terms; at most 65,536 bytes
 */
public record TaskUpdate(String taskId, int attempt, TaskState state, Reason reason, String message, ByteBuffer data) {
    private static final int MAX_MESSAGE_CHARS = 4_096;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the agent would not take such an update
     */
    public TaskUpdate {
        if (!ExecutorRules.UPDATE_STATES.contains(state)) {
            throw new IllegalArgumentException(
                    state + " is not an executor's to say: it may say " + ExecutorRules.UPDATE_STATES);
        }
        if (message.length() > MAX_MESSAGE_CHARS) {
            throw new IllegalArgumentException(
                    "the message has " + message.length() + " characters: may have at most " + MAX_MESSAGE_CHARS);
        }
        if (data.remaining() > ExecutorRules.MAX_DATA_BYTES) {
            throw new IllegalArgumentException(
                    "the data has " + data.remaining() + " bytes: may have at most " + ExecutorRules.MAX_DATA_BYTES);
        }
        data = data.asReadOnlyBuffer();
    }

    /** A state without further words. */
    public static TaskUpdate of(LaunchTask task, TaskState state) {
        return new TaskUpdate(
                task.getRequest().getTaskId(),
                task.getAttempt(),
                state,
                Reason.REASON_NONE,
                "",
                ByteBuffer.allocate(0));
    }

    /** The same with a reason. */
    public TaskUpdate withReason(Reason why) {
        return new TaskUpdate(taskId, attempt, state, why, message, data);
    }

    /** The same with a message for people. */
    public TaskUpdate withMessage(String text) {
        return new TaskUpdate(taskId, attempt, state, reason, text, data);
    }

    /** The same with data in the framework's own terms. */
    public TaskUpdate withData(byte[] bytes) {
        return new TaskUpdate(taskId, attempt, state, reason, message, ByteBuffer.wrap(bytes.clone()));
    }
}
