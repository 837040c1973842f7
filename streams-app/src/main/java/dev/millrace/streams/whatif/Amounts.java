package dev.millrace.streams.whatif;

import dev.millrace.contract.Resources;

/** Amounts of the kinds of resources that shares are reckoned of. Mutable; owned by one thread. */
final class Amounts {
    double cpuMillis;
    double memMib;
    double diskMib;
    double gpuMillis;

    /** Adds resources so many times; a negative number takes them away. */
    void add(Resources resources, double times) {
        cpuMillis += resources.getCpuMillis() * times;
        memMib += resources.getMemMib() * times;
        diskMib += resources.getDiskMib() * times;
        gpuMillis += resources.getGpuMillis() * times;
    }

    void add(Amounts other, double times) {
        cpuMillis += other.cpuMillis * times;
        memMib += other.memMib * times;
        diskMib += other.diskMib * times;
        gpuMillis += other.gpuMillis * times;
    }

    /** The largest share that this is of any kind. */
    double dominantShareOf(Amounts total) {
        return Math.max(
                Math.max(share(cpuMillis, total.cpuMillis), share(memMib, total.memMib)),
                Math.max(share(diskMib, total.diskMib), share(gpuMillis, total.gpuMillis)));
    }

    private static double share(double part, double total) {
        return total > 0 ? part / total : 0;
    }
}
