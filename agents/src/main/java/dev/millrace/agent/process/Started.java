package dev.millrace.agent.process;

import java.util.Optional;

/**
 * Which processes an attempt consists of, as its shim noted before it took the claim.
 *
 * @param shim leads the session and notes how the task ends
 * @param task runs the task's program
 * @param bootId the boot in which pids and start times mean these processes
 */
record Started(ProcStat shim, ProcStat task, String bootId) {

    /** Reads what the shim wrote: two lines of /proc/PID/stat, and the boot's id. */
    static Optional<Started> ofText(String text) {
        String[] lines = text.split("\n");
        if (lines.length < 3) {
            return Optional.empty();
        }
        Optional<ProcStat> shim = ProcStat.parse(lines[0]);
        Optional<ProcStat> task = ProcStat.parse(lines[1]);
        return shim.isPresent() && task.isPresent()
                ? Optional.of(new Started(shim.get(), task.get(), lines[2]))
                : Optional.empty();
    }

    long session() {
        return shim.pid();
    }
}
