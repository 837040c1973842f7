package dev.millrace.chaos.check;

/**
 * What an agent has, or a task needs.
 *
 * @param cpuMillis thousandths of a core
 * @param memMib memory in MiB
 */
public record Size(long cpuMillis, long memMib) {
    public static final Size NOTHING = new Size(0, 0);

    /** Both together. */
    public Size plus(Size other) {
        return new Size(cpuMillis + other.cpuMillis, memMib + other.memMib);
    }

    /** This one without the other. */
    public Size minus(Size other) {
        return new Size(cpuMillis - other.cpuMillis, memMib - other.memMib);
    }

    /** Whether that much has room in this. */
    public boolean holds(Size other) {
        return other.cpuMillis <= cpuMillis && other.memMib <= memMib;
    }
}
