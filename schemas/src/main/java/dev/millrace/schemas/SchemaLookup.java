package dev.millrace.schemas;

import java.util.Optional;
import org.apache.avro.Schema;

/** Finds schemas that this version does not have, such as those of a later version that wrote what an earlier one reads. */
@FunctionalInterface
public interface SchemaLookup {
    /** Knows none beyond this version's own and those that it was compiled with. The scheduler uses this. */
    SchemaLookup NONE = fingerprint -> Optional.empty();

    /**
     * The schema of that CRC-64-AVRO fingerprint, which the finder has recomputed from the schema.
     *
     * @return empty if there is none; the codec asks again when it next meets the fingerprint
     */
    Optional<Schema> find(long fingerprint);
}
