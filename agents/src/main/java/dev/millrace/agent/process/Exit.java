package dev.millrace.agent.process;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a task's process ended, as its shim noted.
 *
 * @param status what the shell's {@code $?} was: an exit code, or 128 plus a signal
 * @param uptimeMs when it was noted, in ms since the boot; null = the shim could not tell
 * @param remarked whether the shell said something about it
 * @param at when it was noted, by the wall clock
 */
record Exit(int status, @Nullable Long uptimeMs, boolean remarked, Instant at) {
    private static final int SIGNAL_BASE = 128;
    private static final int LAST_SIGNAL = 64;
    private static final int SIGINT = 2;
    private static final int SIGPIPE = 13;

    /** What an exit file holds at first. The shim writes over the beginning of it, which needs no room on the disk. */
    static final String ROOM = " ".repeat(32);

    /** Reads an exit file; empty if it is not whole yet, which is when its first line is not ended. */
    static Optional<Exit> ofText(String text, boolean remarked, Instant at) {
        int end = text.indexOf('\n');
        if (end < 0) {
            return Optional.empty();
        }
        String[] words = text.substring(0, end).split(" ");
        try {
            return Optional.of(new Exit(Integer.parseInt(words[0]), uptimeMs(words), remarked, at));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Long uptimeMs(String[] words) {
        try {
            return words.length > 1 ? Machine.uptimeMs(words[1]) : null;
        } catch (NumberFormatException e) {
            return null;
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
