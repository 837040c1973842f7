package dev.millrace.streams.engine;

import dev.millrace.schemas.Store;
import org.jspecify.annotations.Nullable;

/**
 * An encoded change of a stored record.
 *
 * @param store the store
 * @param key its key
 * @param value the new value; null = it is deleted
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
public record Stored(Store store, byte[] key, byte @Nullable [] value) {}
