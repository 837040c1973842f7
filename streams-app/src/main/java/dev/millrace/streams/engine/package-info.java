/**
 * One partition's pipeline without Kafka and without threads of its own: a raw record goes in; encoded records, changed stored records and a journal
 * entry come out. The live processor and the replayer drive the same engine, which is why a replay can be compared with what happened.
 * Only what is stored is read on several threads, when an engine is made from it ({@link dev.millrace.streams.engine.ReadRecord}).
 *
 * <p>Begin with {@link dev.millrace.streams.engine.PartitionEngine}. {@link dev.millrace.streams.engine.Intake} judges a record before the
 * core sees it; {@link dev.millrace.streams.engine.Journal} writes down what was taken in which order, and the checksum of what came out.
 * May use the core, the codec and the JDK.
 */
@NullMarked
package dev.millrace.streams.engine;

import org.jspecify.annotations.NullMarked;
