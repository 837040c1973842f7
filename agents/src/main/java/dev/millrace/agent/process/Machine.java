package dev.millrace.agent.process;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the kernel tells about this boot, its clock and its processes. */
final class Machine {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path UPTIME = Path.of("/proc/uptime");
    private static final int MAX_STAT_BYTES = 4_096;

    private final String bootId;

    /**
     * The memory of one process.
     *
     * @param residentBytes how much it has
     * @param peakBytes the most that it ever had
     */
    record Memory(long residentBytes, long peakBytes) {}

    private Machine(String bootId) {
        this.bootId = bootId;
    }

    /**
     * Looks at the machine.
     *
     * @throws IOException if /proc is not there: agents need Linux
     */
    static Machine detect() throws IOException {
        readUptimeMs();
        return new Machine(Files.readString(BOOT_ID).strip());
    }

    /** Differs after each boot. */
    String bootId() {
        return bootId;
    }

    /** A clock that nobody sets and that a restart of the agent does not restart: ms since the boot, in steps of 10. */
    long uptimeMs() {
        try {
            return readUptimeMs();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + UPTIME + ", which could be read before", e);
        }
    }

    /** The same clock in the unit of start times. */
    long uptimeTicks() {
        return uptimeMs() / ProcStat.MS_PER_TICK;
    }

    private static long readUptimeMs() throws IOException {
        String text = Files.readString(UPTIME);
        try {
            return uptimeMs(text.split(" ")[0]);
        } catch (NumberFormatException e) {
            throw new IOException("cannot understand " + UPTIME + ": " + text, e);
        }
    }

    /**
     * Reads a time as /proc/uptime has it: seconds with two decimal places.
     *
     * @throws NumberFormatException if it is something else
     */
    static long uptimeMs(String seconds) {
        int point = seconds.indexOf('.');
        if (point < 1 || seconds.length() != point + 3) {
            throw new NumberFormatException("not a time since the boot: " + seconds);
        }
        return Long.parseLong(seconds.substring(0, point)) * 1_000 + Long.parseLong(seconds.substring(point + 1)) * 10;
    }

    /** All processes, dead ones that are not buried among them. */
    List<ProcStat> processes() {
        String[] names = new File("/proc").list((dir, name) -> Character.isDigit(name.charAt(0)));
        if (names == null) {
            throw new IllegalStateException("cannot list /proc, which could be read before");
        }
        List<ProcStat> processes = new ArrayList<>(names.length);
        byte[] buffer = new byte[MAX_STAT_BYTES];
        for (String name : names) {
            read("/proc/" + name + "/stat", buffer).flatMap(ProcStat::parse).ifPresent(processes::add);
        }
        return processes;
    }

    /** Is this very process alive? */
    boolean isAlive(ProcStat process) {
        return read("/proc/" + process.pid() + "/stat", new byte[MAX_STAT_BYTES])
                .flatMap(ProcStat::parse)
                .filter(now -> now.isSameProcess(process) && now.isAlive())
                .isPresent();
    }

    /** How much memory a process has and had; nothing if it is gone. */
    Memory memory(long pid) {
        String status =
                read("/proc/" + pid + "/status", new byte[MAX_STAT_BYTES]).orElse("");
        return new Memory(bytes(status, "\nVmRSS:"), bytes(status, "\nVmHWM:"));
    }

    private static long bytes(String status, String field) {
        int from = status.indexOf(field);
        int to = from < 0 ? -1 : status.indexOf("kB", from);
        return to < 0
                ? 0
                : Long.parseLong(status.substring(from + field.length(), to).strip()) * 1_024;
    }

    /** The beginning of a file of /proc; empty if its process is gone, which is what all failures come down to. */
    private static Optional<String> read(String file, byte[] buffer) {
        try (FileInputStream in = new FileInputStream(file)) {
            int length = in.readNBytes(buffer, 0, buffer.length);
            return Optional.of(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
