/**
 * Gives the demand that a pool once had to another cluster: one with other agents, weights or placement. What is asked for, when, how long it
 * runs and which agents fail is taken from a replay; what is decided is decided anew, by the scheduler's own core, on the replay's clock.
 *
 * <p>Begin with {@link dev.millrace.streams.whatif.WhatIf}. {@link dev.millrace.streams.whatif.Recorder} watches a replay, {@link
 * dev.millrace.streams.whatif.Model} decides anew, and {@link dev.millrace.streams.whatif.PoolMeter} measures both in the same way. Nothing here
 * knows Kafka, a clock or a thread, and the same recording always gives the same figures.
 */
@NullMarked
package dev.millrace.streams.whatif;

import org.jspecify.annotations.NullMarked;
