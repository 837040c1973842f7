package dev.millrace.agent.process;

import java.util.Optional;

/**
 * What a line of {@code /proc/PID/stat} tells. A pid may be used again; pid and start time together name one process of one boot.
 *
 * @param state the kernel's letter
 * @param startTicks when it started, in hundredths of a second since the boot
 */
record ProcStat(long pid, char state, long parentPid, long session, long startTicks) {
    /** The kernel counts in this unit towards programs, whatever it uses itself, on all architectures that Java runs on. */
    static final long MS_PER_TICK = 10;

    /** Where the fields are, counted from 0 after the name: field 3 of proc(5) is number 0 here. */
    private static final int STATE = 0;

    private static final int PARENT = 1;
    private static final int SESSION = 3;
    private static final int START = 19;

    /** Reads a line; empty if it is not whole. */
    static Optional<ProcStat> parse(String line) {
        // The name stands in parentheses and may itself hold blanks and parentheses; nothing after it does.
        int nameStart = line.indexOf('(');
        int nameEnd = line.lastIndexOf(')');
        if (nameStart < 2 || nameEnd < nameStart) {
            return Optional.empty();
        }
        String[] fields = line.substring(nameEnd + 1).strip().split(" ");
        if (fields.length <= START || fields[STATE].length() != 1) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ProcStat(
                    Long.parseLong(line.substring(0, nameStart).strip()),
                    fields[STATE].charAt(0),
                    Long.parseLong(fields[PARENT]),
                    Long.parseLong(fields[SESSION]),
                    Long.parseLong(fields[START])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** A zombie has ended; only its parent has not asked how. */
    boolean isAlive() {
        return state != 'Z' && state != 'X' && state != 'x';
    }

    /** Was it stopped, so that it does nothing until it is told to go on? */
    boolean isStopped() {
        return state == 'T';
    }

    boolean isSameProcess(ProcStat other) {
        return pid == other.pid && startTicks == other.startTicks;
    }
}
