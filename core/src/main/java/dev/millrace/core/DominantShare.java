package dev.millrace.core;

/**
 * The largest share that somebody has of any resource: so much of a resource of which there is so much (Ghodsi et al., "Dominant Resource
 * Fairness", NSDI 2011). Mutable, since it is reckoned anew with each placement; owned by the stream thread.
 */
final class DominantShare {
    private static final long MILLION = 1_000_000;
    /** A share of more than this is divided before it is multiplied, or it would overflow. */
    private static final long LARGE = 1_000_000_000L;

    private long amount;
    private long total = 1;

    /** Reckons the share of what somebody has in two parts. */
    void reckon(Tally has, Tally more, Tally of) {
        amount = 0;
        total = 1;
        dominate(has.cpuMillis + more.cpuMillis, of.cpuMillis);
        dominate(has.memMib + more.memMib, of.memMib);
        dominate(has.diskMib + more.diskMib, of.diskMib);
        dominate(has.gpuMillis + more.gpuMillis, of.gpuMillis);
        for (int i = 0; i < has.scalars(); i++) {
            String scalar = has.scalarName(i);
            dominate(has.scalarMilli(i) + more.scalar(scalar), of.scalar(scalar));
        }
        for (int i = 0; i < more.scalars(); i++) {
            String scalar = more.scalarName(i);
            dominate(has.scalar(scalar) + more.scalarMilli(i), of.scalar(scalar));
        }
    }

    /** Which is smaller when each is divided by its weight. */
    static int compare(DominantShare a, int aWeightMilli, DominantShare b, int bWeightMilli) {
        return WeightedShare.compare(a.amount, a.total, aWeightMilli, b.amount, b.total, bWeightMilli);
    }

    /** In millionths; more than a million if it is of more than there is. */
    long micros() {
        return total > LARGE ? amount / Math.max(1, total / MILLION) : amount * MILLION / total;
    }

    private void dominate(long otherAmount, long otherTotal) {
        if (otherTotal > 0
                && otherAmount > 0
                && WeightedShare.compare(otherAmount, otherTotal, 1, amount, total, 1) > 0) {
            amount = otherAmount;
            total = otherTotal;
        }
    }
}
