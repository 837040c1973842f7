/**
 * Faults of a whole cluster of processes under a load of real tasks. Begin with {@link dev.millrace.chaos.ChaosRun}, which is one run from
 * the first process to the verdict, then {@link dev.millrace.chaos.FaultKind}, which says what is done to whom. The cluster's processes are in
 * {@code cluster}; what is demanded of what they leave behind is in {@code check}, which knows nothing of processes or Kafka.
 */
@NullMarked
package dev.millrace.chaos;

import org.jspecify.annotations.NullMarked;
