package dev.millrace.schemas;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaFormatter;

/**
 * The schema of a record type as it is made known to others: on the {@code schemas} topic, in files, and in the history of releases.
 *
 * @param recordName the record's name without namespace
 * @param fingerprint the fingerprint's eight bytes in hex, in the order in which they stand in a record: the key on the topic
 * @param header the ten bytes before each record in hex
 * @param json the whole schema, with documentation and defaults
 */
public record PublishedSchema(String recordName, String fingerprint, String header, String json) {
    /** Those of all records of this version: of the topics in the order of the catalogue, then of the stores. */
    public static List<PublishedSchema> all() {
        return RecordTypes.list().stream().map(PublishedSchema::of).toList();
    }

    /** Those of the records on topics, which are what other programs write and read. */
    public static List<PublishedSchema> ofTopics() {
        return RecordTypes.list().stream()
                .filter(type -> Arrays.stream(Topic.values())
                        .anyMatch(topic -> topic.types().contains(type.recordClass())))
                .map(PublishedSchema::of)
                .toList();
    }

    private static PublishedSchema of(RecordType type) {
        return new PublishedSchema(
                type.name(),
                Fingerprint.hex(type.fingerprint()),
                HexFormat.of().withUpperCase().formatHex(type.header()),
                json(type.schema()));
    }

    /** The schema without what only Java's code generator needs. */
    private static String json(Schema schema) {
        String plain = schema.toString().replace("{\"type\":\"string\",\"avro.java.string\":\"String\"}", "\"string\"");
        return SchemaFormatter.format("json/pretty", new Schema.Parser().parse(plain));
    }
}
