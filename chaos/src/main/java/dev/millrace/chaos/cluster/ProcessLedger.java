package dev.millrace.chaos.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A file that names every process and every file system that a run has started, so that they can be ended after the run was killed itself. A
 * process is known by its number and when it started, for numbers are used again. Any thread may use it.
 */
public final class ProcessLedger {
    private static final String FILE = "started";
    private static final String PROCESS = "process";
    private static final String MOUNT = "mount";

    private final Path file;

    ProcessLedger(Path directory) {
        file = directory.resolve(FILE);
    }

    /** Notes a process that was just started. */
    synchronized void started(String name, long pid) throws IOException {
        Optional<Instant> start = startOf(pid);
        if (start.isPresent()) {
            write(PROCESS + " " + pid + " " + start.get().toEpochMilli() + " " + name);
        }
    }

    /** Notes a file system that is about to be mounted; it does not matter if it then is not. */
    synchronized void mounting(Path where) throws IOException {
        write(MOUNT + " " + where);
    }

    /**
     * Ends with SIGKILL what still runs of a run in that directory, and unmounts what it has mounted. May be done again and again.
     *
     * @return how many processes there were
     */
    public static int clean(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        int ended = 0;
        for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
            String[] fields = line.split(" ", 4);
            if (fields[0].equals(PROCESS)) {
                long pid = Long.parseLong(fields[1]);
                boolean same = startOf(pid)
                        .filter(start -> start.toEpochMilli() == Long.parseLong(fields[2]))
                        .isPresent();
                if (same) {
                    ProcessHandle.of(pid).ifPresent(process -> {
                        process.destroyForcibly();
                        process.onExit().join();
                    });
                    ended++;
                }
            } else if (fields[0].equals(MOUNT)) {
                SmallDisk.unmount(Path.of(fields[1]));
            }
        }
        return ended;
    }

    private static Optional<Instant> startOf(long pid) {
        return ProcessHandle.of(pid).flatMap(process -> process.info().startInstant());
    }

    private void write(String line) throws IOException {
        Files.writeString(
                file, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
