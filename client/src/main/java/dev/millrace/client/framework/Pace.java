package dev.millrace.client.framework;

import java.time.Duration;

/**
 * How patient a connection is.
 *
 * @param subscribeAgain after so long without an answer it subscribes again
 * @param commitAgain so often its place is noted though it was told nothing, for Kafka forgets that of a group which says nothing for days
 */
record Pace(Duration subscribeAgain, Duration commitAgain) {
    static final Pace USUAL = new Pace(Duration.ofSeconds(10), Duration.ofMinutes(1));
}
