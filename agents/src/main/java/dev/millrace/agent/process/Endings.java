package dev.millrace.agent.process;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What to call an attempt's end, after what was seen of it and what was ordered. */
final class Endings {
    private Endings() {}

    /** The shim noted an exit status. */
    static AttemptEnd ofExit(Attempt attempt, Exit exit) {
        Integer code = exit.exitCode().orElse(null);
        Integer signal = exit.signal().orElse(null);
        KillOrder kill = attempt.kill;
        if (kill != null) {
            return ofKill(kill, code, signal, exit.at());
        }
        if (signal != null) {
            return new AttemptEnd(
                    TaskState.TASK_FAILED,
                    Reason.REASON_COMMAND_SIGNALED,
                    "ended by signal " + signal,
                    null,
                    signal,
                    exit.at());
        }
        return new AttemptEnd(
                exit.status() == 0 ? TaskState.TASK_FINISHED : TaskState.TASK_FAILED,
                Reason.REASON_COMMAND_EXITED,
                "exited with code " + code,
                code,
                null,
                exit.at());
    }

    /** It ran when it was last seen; now its processes are gone, and nobody noted how they ended. */
    static AttemptEnd ofDeath(Attempt attempt, Reason reason, String message) {
        KillOrder kill = attempt.kill;
        if (kill != null) {
            return ofKill(kill, null, null, Instant.now());
        }
        return AttemptEnd.of(TaskState.TASK_FAILED, reason, withMessages(attempt, message));
    }

    /** Its shim ended before it took the claim. */
    static AttemptEnd ofShim(Attempt attempt) {
        return AttemptEnd.dropped(
                Reason.REASON_CONTAINER_LAUNCH_FAILED,
                withMessages(attempt, "the agent's shim ended before it started the task"));
    }

    private static AttemptEnd ofKill(KillOrder kill, @Nullable Integer code, @Nullable Integer signal, Instant at) {
        boolean requested = kill.cause() == KillOrder.Cause.KILL_REQUESTED;
        return new AttemptEnd(
                requested ? TaskState.TASK_KILLED : TaskState.TASK_FAILED,
                requested ? Reason.REASON_KILL_REQUESTED : Reason.REASON_MAX_COMPLETION_TIME_REACHED,
                kill.message(),
                code,
                signal,
                at);
    }

    private static String withMessages(Attempt attempt, String message) {
        String said = attempt.files.readMessages();
        return said.isEmpty() ? message : message + ": " + said;
    }
}
