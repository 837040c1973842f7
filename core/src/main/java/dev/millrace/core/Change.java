package dev.millrace.core;

import dev.millrace.schemas.Store;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A change of one stored record, as it stands at the end of a step.
 *
 * @param store the store
 * @param key the key in the store
 * @param value the new record; null = it is deleted
 */
public record Change(Store store, String key, @Nullable SpecificRecord value) {}
