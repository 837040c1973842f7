package dev.millrace.client;

import java.time.Instant;

/**
 * A record was sent, and all brokers that must have it do. What the scheduler makes of it is another matter: see the status stream.
 *
 * @param topic the whole name of the topic
 * @param partition the partition
 * @param offset the record's offset there
 * @param takenAt when the broker took it, by the broker's clock
 */
public record Submitted(String topic, int partition, long offset, Instant takenAt) {}
