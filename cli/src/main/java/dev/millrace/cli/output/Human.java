package dev.millrace.cli.output;

import dev.millrace.contract.Resources;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Amounts and times as people read them. */
public final class Human {
    private static final long MIB_PER_GIB = 1024;

    private Human() {}

    /** A length of time in its largest one or two units: {@code 0.42s}, {@code 7.3s}, {@code 42s}, {@code 3m12s}, {@code 5h03m}, {@code 2d4h}. */
    public static String duration(Duration length) {
        long millis = Math.max(0, length.toMillis());
        long seconds = millis / 1000;
        if (seconds < 1) {
            return "0.%02ds".formatted(millis / 10);
        }
        if (seconds < 10) {
            return "%d.%ds".formatted(seconds, millis % 1000 / 100);
        }
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return "%dm%02ds".formatted(seconds / 60, seconds % 60);
        }
        if (seconds < 86_400) {
            return "%dh%02dm".formatted(seconds / 3600, seconds % 3600 / 60);
        }
        return "%dd%dh".formatted(seconds / 86_400, seconds % 86_400 / 3600);
    }

    /** How long ago a time was, in its largest unit: {@code now}, {@code 12s ago}, {@code 3m ago}, {@code 2d ago}. */
    public static String ago(Instant time, Instant now) {
        long seconds = Duration.between(time, now).toSeconds();
        if (seconds < 1) {
            return "now";
        }
        if (seconds < 60) {
            return seconds + "s ago";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m ago";
        }
        return seconds < 86_400 ? seconds / 3600 + "h ago" : seconds / 86_400 + "d ago";
    }

    /** Thousandths as a decimal number: {@code 0.5}, {@code 12}. */
    public static String milli(long milli) {
        return BigDecimal.valueOf(milli, 3).stripTrailingZeros().toPlainString();
    }

    /** MiB in the largest unit that keeps it short: {@code 64MiB}, {@code 1.5GiB}. */
    public static String mib(long mib) {
        if (mib < MIB_PER_GIB) {
            return mib + "MiB";
        }
        long tenths = mib * 10 / MIB_PER_GIB;
        return tenths % 10 == 0 ? tenths / 10 + "GiB" : tenths / 10 + "." + tenths % 10 + "GiB";
    }

    /** Bytes in MiB or smaller: {@code 812B}, {@code 12KiB}, {@code 64MiB}. */
    public static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        return bytes < 1024 * 1024 ? bytes / 1024 + "KiB" : mib(bytes / (1024 * 1024));
    }

    /** What there is of anything: {@code 0.5 cpus, 64MiB memory, 1GiB disk, 12 ports}. */
    public static String resources(Resources resources) {
        List<String> parts = new ArrayList<>();
        add(parts, resources.getCpuMillis(), milli(resources.getCpuMillis()) + " cpus");
        add(parts, resources.getMemMib(), mib(resources.getMemMib()) + " memory");
        add(parts, resources.getDiskMib(), mib(resources.getDiskMib()) + " disk");
        add(parts, resources.getGpuMillis(), milli(resources.getGpuMillis()) + " gpus");
        long ports = resources.getPorts().stream()
                .mapToLong(range -> range.getLast() - range.getFirst() + 1L)
                .sum();
        add(parts, ports, ports(ports));
        resources
                .getScalars()
                .forEach(scalar -> add(parts, scalar.getMilli(), milli(scalar.getMilli()) + " " + scalar.getName()));
        return parts.isEmpty() ? "nothing" : String.join(", ", parts);
    }

    /** So many ports: {@code 1 port}, {@code 12 ports}. */
    public static String ports(long count) {
        return count == 1 ? "1 port" : count + " ports";
    }

    private static void add(List<String> parts, long amount, String text) {
        if (amount != 0) {
            parts.add(text);
        }
    }
}
