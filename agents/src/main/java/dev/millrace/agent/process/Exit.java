package dev.millrace.agent.process;

import java.time.Instant;
import java.util.Optional;

/**
 * How a task's process ended, as its shim noted.
 *
 * @param status what the shell's {@code $?} was: an exit code, or 128 plus a signal
 * @param remarked whether the shell said something about it
 * @param at when it was noted
 */
record Exit(int status, boolean remarked, Instant at) {
    private static final int SIGNAL_BASE = 128;
    private static final int LAST_SIGNAL = 64;
    private static final int SIGINT = 2;
    private static final int SIGPIPE = 13;

    /** What an exit file holds at first. The shim writes over the beginning of it, which needs no room on the disk. */
    static final String ROOM = "    ";

    /** Reads an exit file; empty if it is not whole yet, which is when its first line is not ended. */
    static Optional<Exit> ofText(String text, boolean remarked, Instant at) {
        int end = text.indexOf('\n');
        if (end < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Exit(Integer.parseInt(text.substring(0, end)), remarked, at));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * The signal that ended the process. {@code $?} cannot tell a process that SIGKILL ended from one that exited with 137; but shells say
     * "Killed" in the first case and nothing in the second. Only of SIGINT and SIGPIPE they never speak, so these are taken for what they almost
     * always are.
     */
    Optional<Integer> signal() {
        int signal = status - SIGNAL_BASE;
        boolean bySignal = signal >= 1 && signal <= LAST_SIGNAL && (remarked || signal == SIGINT || signal == SIGPIPE);
        return bySignal ? Optional.of(signal) : Optional.empty();
    }

    /** The exit code, if the process exited by itself. */
    Optional<Integer> exitCode() {
        return signal().isPresent() ? Optional.empty() : Optional.of(status);
    }
}
