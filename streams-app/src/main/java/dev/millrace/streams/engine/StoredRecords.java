package dev.millrace.streams.engine;

import dev.millrace.schemas.Store;
import org.jspecify.annotations.Nullable;

/** What one partition has stored, as of the last step that was applied to it. */
@FunctionalInterface
public interface StoredRecords {
    /** What is stored under a key; null = nothing. The bytes are not to be changed. */
    byte @Nullable [] get(Store store, byte[] key);
}
