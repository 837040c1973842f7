package dev.millrace.core;

/**
 * Compares weighted shares exactly. A share is a fraction of the pool's total of one resource; it is divided by a weight. Two of them are
 * compared by multiplying out, with as many bits as that takes.
 */
final class WeightedShare {
    private WeightedShare() {}

    /**
     * How a/(b·u) compares with c/(d·v): negative if it is less.
     *
     * @param a the one's amount, 0 or more
     * @param b the total of it, more than 0
     * @param u the one's weight, more than 0
     * @param c the other's amount
     * @param d the total of that
     * @param v the other's weight
     */
    static int compare(long a, long b, int u, long c, long d, int v) {
        return b == d ? compareProducts(a, v, c, u) : compareProducts(a, d, v, c, b, u);
    }

    private static int compareProducts(long x, long y, long p, long q) {
        long high = Math.multiplyHigh(x, y);
        long otherHigh = Math.multiplyHigh(p, q);
        return high != otherHigh ? Long.compare(high, otherHigh) : Long.compareUnsigned(x * y, p * q);
    }

    /** Compares x·y·w with p·q·r, each of up to 63 + 63 + 31 bits. */
    private static int compareProducts(long x, long y, int w, long p, long q, int r) {
        long high = Math.multiplyHigh(x, y);
        long low = x * y;
        long otherHigh = Math.multiplyHigh(p, q);
        long otherLow = p * q;
        // The upper limb, of up to 64 + 31 bits, and the lower one, times 31 bits each.
        long lowTimes = low * w;
        long carry = unsignedHigh(low, w);
        long otherLowTimes = otherLow * r;
        long otherCarry = unsignedHigh(otherLow, r);
        long middle = high * w + carry;
        long top = unsignedHigh(high, w) + (Long.compareUnsigned(middle, carry) < 0 ? 1 : 0);
        long otherMiddle = otherHigh * r + otherCarry;
        long otherTop = unsignedHigh(otherHigh, r) + (Long.compareUnsigned(otherMiddle, otherCarry) < 0 ? 1 : 0);
        if (top != otherTop) {
            return Long.compare(top, otherTop);
        }
        int byMiddle = Long.compareUnsigned(middle, otherMiddle);
        return byMiddle != 0 ? byMiddle : Long.compareUnsigned(lowTimes, otherLowTimes);
    }

    /** The upper 64 bits of an unsigned number times a positive one. */
    private static long unsignedHigh(long unsigned, int times) {
        long high = Math.multiplyHigh(unsigned, (long) times);
        return unsigned < 0 ? high + times : high;
    }
}
