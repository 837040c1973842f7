package dev.millrace.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * Schemas that were received as text, each under the fingerprint that was computed from it here; what the sender called it does not
 * count. Any thread may use it.
 */
public final class SchemaBook implements SchemaLookup {
    private static final int MAX_SCHEMA_BYTES = 262_144;
    /** Each release has some dozens. */
    private static final int MAX_SCHEMAS = 100_000;

    private final Map<Long, Schema> byFingerprint = new ConcurrentHashMap<>();

    /**
     * Adds a schema.
     *
     * @param json the schema's JSON in UTF-8
     * @return false if it is no schema, too large or one too many, so that nothing was added
     */
    public boolean add(byte[] json) {
        if (json.length > MAX_SCHEMA_BYTES || byFingerprint.size() >= MAX_SCHEMAS) {
            return false;
        }
        try {
            Schema schema = new Schema.Parser().parse(new String(json, StandardCharsets.UTF_8));
            byFingerprint.put(Fingerprint.of(schema), schema);
            return true;
        } catch (AvroRuntimeException | IllegalArgumentException | StackOverflowError e) {
            return false;
        }
    }

    @Override
    public Optional<Schema> find(long fingerprint) {
        return Optional.ofNullable(byFingerprint.get(fingerprint));
    }
}
