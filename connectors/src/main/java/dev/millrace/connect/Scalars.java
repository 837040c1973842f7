package dev.millrace.connect;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** Takes single values as connectors and JSON have them for those that the contract's records hold. Nothing is rounded or guessed. */
final class Scalars {
    private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);

    private Scalars() {}

    static String text(Object value) {
        if (value instanceof CharSequence text) {
            return text.toString();
        }
        throw RecordReader.unfit(value, "a text");
    }

    static Boolean bool(Object value) {
        if (value instanceof Boolean bool) {
            return bool;
        }
        throw RecordReader.unfit(value, "true or false");
    }

    static Integer integer(Object value) {
        long number = longInteger(value);
        if (number != (int) number) {
            throw RecordReader.unfit(value, "a whole number of 32 bits");
        }
        return (int) number;
    }

    static Long longInteger(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof BigInteger big && big.compareTo(MIN_LONG) >= 0 && big.compareTo(MAX_LONG) <= 0) {
            return big.longValueExact();
        }
        throw RecordReader.unfit(value, "a whole number of 64 bits");
    }

    /** A time: a Date, an Instant, a number of milliseconds since 1970, or a text such as 2026-03-01T08:00:00.000Z. */
    static Instant time(Object value) {
        if (value instanceof Date date) {
            return date.toInstant();
        }
        if (value instanceof CharSequence text) {
            return parsedTime(text);
        }
        if (value instanceof Instant instant) {
            return millis(instant, value);
        }
        return Instant.ofEpochMilli(longInteger(value));
    }

    private static Instant parsedTime(CharSequence text) {
        try {
            return millis(OffsetDateTime.parse(text).toInstant(), text);
        } catch (DateTimeException e) {
            throw RecordReader.unfit(text, "a time such as 2026-03-01T08:00:00.000Z");
        }
    }

    /** The contract has milliseconds, of which a long holds all; what is finer is cut off. */
    private static Instant millis(Instant instant, Object value) {
        try {
            return Instant.ofEpochMilli(instant.toEpochMilli());
        } catch (ArithmeticException e) {
            throw RecordReader.unfit(value, "a time that fits into 64 bits of milliseconds");
        }
    }

    /** Bytes: an array, a buffer, or a text in base64. */
    static ByteBuffer bytes(Object value) {
        if (value instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes);
        }
        if (value instanceof ByteBuffer buffer) {
            return buffer.duplicate();
        }
        if (value instanceof CharSequence text) {
            ByteBuffer decoded = decoded(text);
            if (decoded != null) {
                return decoded;
            }
        }
        throw RecordReader.unfit(value, "bytes, or a text in base64");
    }

    private static @Nullable ByteBuffer decoded(CharSequence text) {
        try {
            return ByteBuffer.wrap(Base64.getDecoder().decode(text.toString()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
