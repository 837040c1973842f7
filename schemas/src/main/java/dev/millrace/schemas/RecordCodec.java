package dev.millrace.schemas;

import dev.millrace.contract.DeadLetterReason;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns records into bytes and back in Avro's single-object encoding: C3 01, the fingerprint of the writer's schema, the datum. The
 * fingerprint names the record's type, so a topic or store can hold several. Bytes may come from anybody: whatever they are, decoding
 * answers with a record of this version or with a fault and never throws, and what it allocates is in proportion to their length. A
 * decoded record fits its schema and no more; {@link Validator} says whether it makes sense.
 *
 * <p>Taken are the schemas of this version, those of all releases before it, and those that a {@link SchemaLookup} finds. Mutable, since
 * it uses its buffers again; each thread has its own.
 */
public final class RecordCodec {
    /** The largest record that is taken from topics that anybody may write to, in bytes; some topics take larger ones. */
    public static final int MAX_RECORD_BYTES = 262_144;

    /** How many versions of record types are kept ready; what is more than that is made ready each time. */
    private static final int MAX_KEPT_READERS = 1_000;

    private final SchemaLookup lookup;
    private final ArrayDecoder decoder = new ArrayDecoder();
    private final ArrayEncoder encoder = new ArrayEncoder();
    private final Map<Long, Source> sources = new HashMap<>();

    /** What bytes with one fingerprint are read with. */
    private record Source(RecordType type, DatumReader<SpecificRecord> reader) {}

    /** A codec that takes what this version and the releases before it wrote. */
    public RecordCodec() {
        this(SchemaLookup.NONE);
    }

    /** A codec that also takes what was written with the schemas that {@code lookup} finds. */
    public RecordCodec(SchemaLookup lookup) {
        this.lookup = lookup;
        for (RecordType type : RecordTypes.list()) {
            sources.put(type.fingerprint(), new Source(type, type.reader()));
        }
    }

    /**
     * The record's bytes.
     *
     * @throws IllegalArgumentException if the record is of no type that is written whole, or lacks a field that must not be null
     */
    public byte[] encode(SpecificRecord record) {
        RecordType type = RecordTypes.of(record.getClass())
                .orElseThrow(() -> new IllegalArgumentException(
                        record.getSchema().getFullName() + " is not written whole to any topic or store"));
        encoder.begin(type.header());
        try {
            type.writer().write(record, encoder);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("cannot encode " + type.name() + ": " + e.getMessage(), e);
        }
        return encoder.finish();
    }

    /**
     * The record in bytes that were read from a topic: also a fault if they are larger than the topic allows, or are a record that does
     * not belong there.
     */
    public Decoded decode(byte @Nullable [] bytes, Topic topic) {
        if (bytes != null && bytes.length > topic.maxRecordBytes()) {
            return fault(
                    DeadLetterReason.OVERSIZED,
                    "the value has " + bytes.length + " bytes; " + topic.topicName() + " takes at most "
                            + topic.maxRecordBytes());
        }
        Decoded decoded = decode(bytes);
        if (decoded instanceof Decoded.Value value
                && !topic.types().contains(value.record().getClass())) {
            return fault(
                    DeadLetterReason.WRONG_TOPIC,
                    "a " + value.record().getSchema().getName() + " does not belong on " + topic.topicName());
        }
        return decoded;
    }

    /**
     * The record in bytes of any length.
     *
     * @throws RuntimeException only what the {@link SchemaLookup} throws
     */
    public Decoded decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return fault(DeadLetterReason.NOT_ENCODED, "there is no value");
        }
        if (!Fingerprint.hasHeader(bytes)) {
            return fault(
                    DeadLetterReason.NOT_ENCODED,
                    "the value, of " + bytes.length + " bytes, does not begin with C3 01 and a fingerprint");
        }
        long fingerprint = Fingerprint.in(bytes);
        Source source = sources.get(fingerprint);
        if (source != null) {
            return decode(bytes, source);
        }
        Optional<Schema> schema = SchemaHistory.compiled().find(fingerprint).or(() -> lookup.find(fingerprint));
        if (schema.isEmpty()) {
            return fault(
                    DeadLetterReason.UNKNOWN_SCHEMA,
                    "no schema of fingerprint " + Fingerprint.hex(fingerprint)
                            + " is known; upgrade whoever reads before whoever writes");
        }
        return decodeOtherVersion(bytes, fingerprint, schema.get());
    }

    private Decoded decodeOtherVersion(byte[] bytes, long fingerprint, Schema writerSchema) {
        Optional<RecordType> type = RecordTypes.named(writerSchema.getFullName());
        if (type.isEmpty()) {
            return fault(
                    DeadLetterReason.UNKNOWN_SCHEMA, "this version has no record type " + writerSchema.getFullName());
        }
        Source source;
        try {
            source = new Source(type.get(), type.get().readerOf(writerSchema));
        } catch (RuntimeException | StackOverflowError e) {
            return fault(
                    DeadLetterReason.UNKNOWN_SCHEMA,
                    "the " + type.get().name() + " of fingerprint " + Fingerprint.hex(fingerprint)
                            + " cannot be taken as one of this version: " + e);
        }
        if (sources.size() < MAX_KEPT_READERS) {
            sources.put(fingerprint, source);
        }
        return decode(bytes, source);
    }

    private Decoded decode(byte[] bytes, Source source) {
        decoder.begin(bytes, Fingerprint.HEADER_BYTES);
        try {
            SpecificRecord record = source.reader().read(null, decoder);
            if (decoder.remaining() > 0) {
                return malformed(source, decoder.remaining() + " bytes are left over");
            }
            source.type().emptyLists().share(record);
            return new Decoded.Value(record);
        } catch (MalformedException e) {
            return malformed(source, String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            // Avro throws whatever a wrong index or number leads to. The errors can't come from our schemas, which do
            // not refer to
            // themselves, and lengths were checked; but nothing that anybody can send may ever stop a reader.
            return malformed(source, e.toString());
        } finally {
            decoder.release();
        }
    }

    private Decoded malformed(Source source, String what) {
        return fault(
                DeadLetterReason.MALFORMED,
                "not a valid " + source.type().name() + ": at byte " + decoder.position() + ", " + what);
    }

    private static Decoded fault(DeadLetterReason reason, String detail) {
        return new Decoded.Fault(reason, detail);
    }
}
