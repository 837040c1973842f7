package dev.millrace.agent.process;

import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import java.util.Optional;

/**
 * Names an attempt, also as a file. A task id holds no '+' and no '@', so no two attempts share a file name, and none of these is "." or "..".
 *
 * @param taskId the task
 * @param attempt the attempt, from 1
 */
public record AttemptId(String taskId, int attempt) {
    private static final int MAX_TASK_ID_CHARS = 200;

    /** Checks what a file name must not hold. */
    public AttemptId {
        if (taskId.isEmpty()
                || taskId.length() > MAX_TASK_ID_CHARS
                || !taskId.chars().allMatch(AttemptId::isAllowed)) {
            throw new IllegalArgumentException("not a task id: \"" + taskId
                    + "\"; it must have 1 to 200 characters of A-Z, a-z, 0-9, '.', '_', '-' and '/'");
        }
        if (attempt < 1) {
            throw new IllegalArgumentException("attempt " + attempt + " of " + taskId + ": attempts count from 1");
        }
    }

    /** The attempt that is launched. */
    public static AttemptId of(LaunchTask launch) {
        return new AttemptId(launch.getRequest().getTaskId(), launch.getAttempt());
    }

    /** The attempt that is killed. */
    public static AttemptId of(KillTask kill) {
        return new AttemptId(kill.getTaskId(), kill.getAttempt());
    }

    /** The attempt whose files bear this name; empty if it is no attempt's. */
    static Optional<AttemptId> ofFileName(String fileName) {
        int at = fileName.lastIndexOf('@');
        if (at < 1) {
            return Optional.empty();
        }
        try {
            AttemptId id = new AttemptId(
                    fileName.substring(0, at).replace('+', '/'), Integer.parseInt(fileName.substring(at + 1)));
            return id.fileName().equals(fileName) ? Optional.of(id) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    String fileName() {
        return taskId.replace('/', '+') + '@' + attempt;
    }

    @Override
    public String toString() {
        return "attempt " + attempt + " of " + taskId;
    }

    private static boolean isAllowed(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-'
                || c == '/';
    }
}
