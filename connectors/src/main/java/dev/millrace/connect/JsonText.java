package dev.millrace.connect;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * Records as lines of JSON: the fields' Avro names in the order of the schema, times as ISO-8601 in UTC with milliseconds, enum symbols as
 * texts, bytes in base64, null where there is no value. {@code millrace}'s own output {@code -o json} has the same form.
 */
final class JsonText {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // So that 0.1 is quoted in messages as it was written.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private JsonText() {}

    /**
     * The object in a text, with Maps for objects and Lists for arrays.
     *
     * @throws MisfitException if the text is not one JSON object
     */
    static Map<?, ?> parse(String text) {
        Object value;
        try {
            value = MAPPER.readValue(text, Object.class);
        } catch (JacksonException e) {
            throw new MisfitException("not valid JSON" + place(e.getLocation()) + ": " + e.getOriginalMessage());
        }
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw new MisfitException("the text must be a JSON object, such as {\"pool\": \"default\"}");
    }

    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    /** The Struct as one line, without the line's end. */
    static String line(Struct struct) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = MAPPER.createGenerator(text)) {
            write(generator, struct);
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory takes all that is written", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator generator, Struct struct) throws IOException {
        generator.writeStartObject();
        for (Field field : struct.schema().fields()) {
            generator.writeFieldName(field.name());
            value(generator, struct.getWithoutDefault(field.name()));
        }
        generator.writeEndObject();
    }

    private static void value(JsonGenerator generator, @Nullable Object value) throws IOException {
        if (value instanceof Struct struct) {
            write(generator, struct);
        } else if (value instanceof List<?> list) {
            generator.writeStartArray();
            for (Object item : list) {
                value(generator, item);
            }
            generator.writeEndArray();
        } else if (value instanceof Date date) {
            generator.writeString(TIME.format(date.toInstant()));
        } else if (value instanceof byte[] bytes) {
            generator.writeBinary(bytes);
        } else {
            // Null, a text, a number or a boolean: what JSON has itself.
            generator.writePOJO(value);
        }
    }
}
