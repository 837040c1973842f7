package dev.millrace.bench.recovery;

import java.util.List;

/** What the rounds of a measurement come to. */
final class Rounds {
    private static final long MS_PER_SECOND = 1_000;

    private Rounds() {}

    /** As many rounds took longer as took less; of an even number, the longer one of the two in the middle. */
    static long median(List<Long> ms) {
        return ms.stream().sorted().toList().get(ms.size() / 2);
    }

    /** How many were done a second in the round in the middle. */
    static long perSecond(long count, List<Long> ms) {
        return count * MS_PER_SECOND / Math.max(1, median(ms));
    }
}
