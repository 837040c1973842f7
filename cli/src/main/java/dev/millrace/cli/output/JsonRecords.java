package dev.millrace.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as JSON, one object a line, with the fields' Avro names in the order of the schema. Times are ISO-8601 in UTC with
 * milliseconds ({@code 2026-03-01T08:00:00.000Z}), enum symbols are texts, bytes are base64, and a field without a value is null.
 */
public final class JsonRecords {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private JsonRecords() {}

    /** The record as one line, without the line's end. */
    public static String line(IndexedRecord record) {
        return json(generator -> write(generator, record));
    }

    /** The record's fields, to which others may be added. */
    public static List<Part> parts(IndexedRecord record) {
        var parts = new ArrayList<Part>();
        for (var field : record.getSchema().getFields()) {
            parts.add(new Part(field.name(), record.get(field.pos())));
        }
        return parts;
    }

    /** Parts as one object in one line, without the line's end. */
    public static String line(List<Part> parts) {
        return json(generator -> write(generator, new Parts(parts)));
    }

    /** A named part of an object: a record, parts, a list of such, a text, a number, a time or null. */
    public record Part(String name, @Nullable Object value) {}

    /** An object of such parts. */
    public record Parts(List<Part> parts) {}

    private interface Writing {
        void to(JsonGenerator generator) throws IOException;
    }

    private static String json(Writing writing) {
        var text = new StringWriter();
        try (var generator = FACTORY.createGenerator(text)) {
            writing.to(generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator generator, IndexedRecord record) throws IOException {
        generator.writeStartObject();
        for (Schema.Field field : record.getSchema().getFields()) {
            generator.writeFieldName(field.name());
            value(generator, record.get(field.pos()));
        }
        generator.writeEndObject();
    }

    private static void write(JsonGenerator generator, Parts parts) throws IOException {
        generator.writeStartObject();
        for (var part : parts.parts()) {
            generator.writeFieldName(part.name());
            value(generator, part.value());
        }
        generator.writeEndObject();
    }

    private static void value(JsonGenerator generator, @Nullable Object value) throws IOException {
        if (value == null) {
            generator.writeNull();
        } else if (value instanceof IndexedRecord record) {
            write(generator, record);
        } else if (value instanceof Parts parts) {
            write(generator, parts);
        } else if (value instanceof List<?> list) {
            generator.writeStartArray();
            for (var item : list) {
                value(generator, item);
            }
            generator.writeEndArray();
        } else if (value instanceof Instant time) {
            generator.writeString(TIME.format(time));
        } else if (value instanceof Boolean bool) {
            generator.writeBoolean(bool);
        } else if (value instanceof Integer number) {
            generator.writeNumber(number);
        } else if (value instanceof Long number) {
            generator.writeNumber(number);
        } else if (value instanceof BigDecimal number) {
            generator.writeNumber(number);
        } else if (value instanceof ByteBuffer bytes) {
            var copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            generator.writeBinary(copy);
        } else if (value instanceof CharSequence || value instanceof Enum<?>) {
            generator.writeString(value.toString());
        } else {
            throw new IllegalArgumentException("the contract has no type " + value.getClass());
        }
    }
}
