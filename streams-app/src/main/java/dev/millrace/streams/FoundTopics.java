package dev.millrace.streams;

import dev.millrace.streams.engine.InboundTopics;

/**
 * What the broker has of the cluster's topics.
 *
 * @param inbound the inbound topics
 * @param replicationFactor the least number of replicas that any partition of the inbound topics has
 */
public record FoundTopics(InboundTopics inbound, int replicationFactor) {}
