package dev.millrace.streams.engine;

import dev.millrace.schemas.Store;
import org.jspecify.annotations.Nullable;

/**
 * An encoded record of a store, or an encoded change of one.
 *
 * @param store the store
 * @param key its key
 * @param value the value, from now on in the case of a change; null = it is deleted
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
public record Stored(Store store, byte[] key, byte @Nullable [] value) {}
