package dev.millrace.schemas;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of amounts of resources. */
final class ResourceRules {
    /** The largest amount of anything. The sum of 90,000 of them still fits a long. */
    static final long MAX_AMOUNT = 100_000_000_000_000L;

    /** A GPU device, in thousandths. */
    static final long GPU_DEVICE_MILLIS = 1_000;

    /** So many devices an agent may have. */
    static final long MAX_GPU_MILLIS = 64 * GPU_DEVICE_MILLIS;

    static final int MAX_PORT_RANGES = 1_000;
    static final int MAX_SCALARS = 100;
    static final int MAX_SCALAR_NAME_CHARACTERS = 64;

    private ResourceRules() {}

    static void check(Faults faults, String field, Resources resources) {
        check(faults, field, resources, MAX_PORT_RANGES);
    }

    /** The rules of what an attempt occupies, among which may be ports that it was given, each apart from all others. */
    static void occupied(Faults faults, String field, Resources resources) {
        check(faults, field, resources, MAX_PORT_RANGES + TaskRequestRules.MAX_PORT_COUNT);
    }

    private static void check(Faults faults, String field, Resources resources, int maxPortRanges) {
        faults.range(field + ".cpuMillis", resources.getCpuMillis(), 0, MAX_AMOUNT);
        faults.range(field + ".memMib", resources.getMemMib(), 0, MAX_AMOUNT);
        faults.range(field + ".diskMib", resources.getDiskMib(), 0, MAX_AMOUNT);
        faults.range(field + ".gpuMillis", resources.getGpuMillis(), 0, MAX_AMOUNT);
        ports(faults, field + ".ports", resources.getPorts(), maxPortRanges);
        scalars(faults, field + ".scalars", resources.getScalars());
    }

    /** The rules of what a task needs, and of what it may use at the most. */
    static void check(Faults faults, Resources needs, @Nullable Resources limits) {
        check(faults, "resources", needs);
        if (needs.getCpuMillis() <= 0 && needs.getMemMib() <= 0) {
            faults.add("resources ask for neither cpuMillis nor memMib: one of them must be more than 0");
        }
        devices(faults, "resources", needs.getGpuMillis());
        if (limits == null) {
            return;
        }
        check(faults, "limits", limits);
        limit(faults, "cpuMillis", needs.getCpuMillis(), limits.getCpuMillis());
        limit(faults, "memMib", needs.getMemMib(), limits.getMemMib());
        limit(faults, "diskMib", needs.getDiskMib(), limits.getDiskMib());
        limit(faults, "gpuMillis", needs.getGpuMillis(), limits.getGpuMillis());
        if (!limits.getPorts().isEmpty() || !limits.getScalars().isEmpty()) {
            faults.add("limits name ports or scalars: only cpuMillis, memMib, diskMib and gpuMillis can have a limit");
        }
    }

    /** The rule of GPUs that something needs: a part of one device, or whole ones. */
    static void devices(Faults faults, String field, long gpuMillis) {
        if (gpuMillis > GPU_DEVICE_MILLIS) {
            wholeDevices(faults, field, gpuMillis);
        }
    }

    /** The rule of an agent's GPUs, and of those that are reserved: they are whole devices. */
    static void wholeDevices(Faults faults, String field, long gpuMillis) {
        if (gpuMillis > 0 && gpuMillis % GPU_DEVICE_MILLIS != 0) {
            faults.add(field + ".gpuMillis", gpuMillis, "must be whole devices of " + GPU_DEVICE_MILLIS);
        }
    }

    /** Whether there is nothing of any kind. */
    static boolean isNothing(Resources resources) {
        return resources.getCpuMillis() == 0
                && resources.getMemMib() == 0
                && resources.getDiskMib() == 0
                && resources.getGpuMillis() == 0
                && resources.getPorts().isEmpty()
                && resources.getScalars().stream().allMatch(scalar -> scalar.getMilli() == 0);
    }

    private static void limit(Faults faults, String field, long need, long limit) {
        if (limit != 0 && limit < need) {
            faults.add("limits." + field, limit, "must be 0 or at least resources." + field + ", " + need);
        }
    }

    private static void ports(Faults faults, String field, List<PortRange> ranges, int maxRanges) {
        faults.size(field, ranges, maxRanges);
        int lastBefore = 0;
        for (int i = 0; i < ranges.size(); i++) {
            PortRange range = ranges.get(i);
            boolean legal = range.getFirst() >= 1 && range.getLast() <= 65_535 && range.getFirst() <= range.getLast();
            String text = range.getFirst() + " to " + range.getLast();
            if (!legal) {
                faults.add(field + "[" + i + "]", text, "must be from 1 to 65535, the first not above the last");
                return;
            } else if (range.getFirst() <= lastBefore) {
                faults.add(
                        field + "[" + i + "]",
                        text,
                        "must begin above " + lastBefore + ", because ports are sorted and do not overlap");
                return;
            }
            lastBefore = range.getLast();
        }
    }

    static void scalars(Faults faults, String field, List<ScalarQuantity> scalars) {
        faults.size(field, scalars, MAX_SCALARS);
        for (int i = 0; i < scalars.size(); i++) {
            ScalarQuantity scalar = scalars.get(i);
            scalarName(faults, field + "[" + i + "].name", scalar.getName());
            faults.range(field + "[" + i + "].milli", scalar.getMilli(), 0, MAX_AMOUNT);
        }
        faults.sorted(field, scalars, "name", ScalarQuantity::getName);
    }

    private static void scalarName(Faults faults, String field, String name) {
        boolean legal = !name.isEmpty() && name.length() <= MAX_SCALAR_NAME_CHARACTERS;
        for (int i = 0; legal && i < name.length(); i++) {
            char c = name.charAt(i);
            legal = Ascii.isLowerOrDigit(c) || c == '_' || c == '-';
        }
        if (!legal) {
            faults.add(field, Faults.quoted(name), "must be 1 to 64 characters of a-z, 0-9, '_' and '-'");
        }
    }
}
