/**
 * The scheduler as a process: configuration, start, supervision and stop. Begin with {@link dev.millrace.streams.SchedulerApp}. What a
 * partition does lies in {@code engine}, how Kafka Streams drives it in {@code topology}, and how it is checked afterwards in {@code replay}.
 */
@NullMarked
package dev.millrace.streams;

import org.jspecify.annotations.NullMarked;
