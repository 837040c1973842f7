/**
 * Brokers, schedulers and agents as processes of this machine that can be killed, stopped, cut off, and found again after this process was
 * killed itself. Begin with {@link dev.millrace.chaos.cluster.ChaosCluster}.
 */
@NullMarked
package dev.millrace.chaos.cluster;

import org.jspecify.annotations.NullMarked;
