package dev.millrace.bench;

import java.time.Duration;

/**
 * What was measured of offers.
 *
 * @param settings what was asked for
 * @param took how long it took in all
 * @param freeToOffer from the end of a task, as its agent noted it, to the framework's reading of the offer of what it had; to a millisecond
 * @param acceptToRunning from accepting an offer to reading the task's TASK_RUNNING
 */
public record OfferResult(OfferSettings settings, Duration took, Latency freeToOffer, Latency acceptToRunning) {}
