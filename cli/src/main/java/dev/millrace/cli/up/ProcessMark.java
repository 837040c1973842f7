package dev.millrace.cli.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tells a process from a later one that was given the same number.
 *
 * @param pid the process's number
 * @param startTicks when it started, in the kernel's ticks since the machine started
 * @param bootId which start of the machine that was
 */
record ProcessMark(long pid, long startTicks, String bootId) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** How many fields lie between the command's name in /proc/PID/stat and the time of the start. */
    private static final int FIELDS_BEFORE_START = 19;

    /** This process. */
    static ProcessMark current() throws IOException {
        long pid = ProcessHandle.current().pid();
        return of(pid).orElseThrow(() -> new IOException("cannot read /proc/" + pid + "/stat"));
    }

    boolean isAlive() throws IOException {
        return of(pid).filter(this::equals).isPresent();
    }

    private static Optional<ProcessMark> of(long pid) throws IOException {
        var stat = Path.of("/proc/" + pid + "/stat");
        String text;
        try {
            text = Files.readString(stat);
        } catch (IOException e) {
            if (Files.exists(stat)) {
                throw e;
            }
            return Optional.empty();
        }
        // The command's name stands in parentheses, and may itself have blanks and parentheses.
        var fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
        if (fields[0].equals("Z")) {
            return Optional.empty();
        }
        return Optional.of(new ProcessMark(
                pid,
                Long.parseLong(fields[FIELDS_BEFORE_START]),
                Files.readString(BOOT_ID).strip()));
    }
}
