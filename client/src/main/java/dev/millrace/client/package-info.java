/**
 * What programs use to talk to a Millrace cluster, all of it through Kafka: make the topics, submit and kill tasks, follow statuses and
 * output, read the scheduler's state. Begin with {@link dev.millrace.client.MillraceClient}, then
 * {@link dev.millrace.client.ReadModel}. It may use the contract and Kafka's clients, and knows nothing of the scheduler's inside but
 * the records of its stores.
 */
@NullMarked
package dev.millrace.client;

import org.jspecify.annotations.NullMarked;
