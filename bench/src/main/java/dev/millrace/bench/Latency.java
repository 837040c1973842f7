package dev.millrace.bench;

import org.HdrHistogram.Histogram;

/**
 * How long something took, in ms: so many per cent of all took no longer.
 */
public record Latency(double p50Ms, double p90Ms, double p99Ms, double p999Ms, double maxMs) {
    private static final double NS_PER_MS = 1_000_000;

    static Latency of(Histogram ns) {
        return new Latency(
                ms(ns.getValueAtPercentile(50)),
                ms(ns.getValueAtPercentile(90)),
                ms(ns.getValueAtPercentile(99)),
                ms(ns.getValueAtPercentile(99.9)),
                ms(ns.getMaxValue()));
    }

    /** To a hundredth; more is noise. */
    private static double ms(long ns) {
        return Math.round(ns / NS_PER_MS * 100) / 100.0;
    }
}
