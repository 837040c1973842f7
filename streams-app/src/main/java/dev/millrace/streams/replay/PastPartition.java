package dev.millrace.streams.replay;

import dev.millrace.streams.engine.StoredState;
import java.time.Instant;

/**
 * What a partition had stored at some moment.
 *
 * @param partition the partition
 * @param state what was stored
 * @param wall the partition's wall clock then; 1970 if it had taken no tick yet
 */
public record PastPartition(int partition, StoredState state, Instant wall) {}
