package dev.millrace.streams.engine;

import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/** Draws up dead letters. Mutable, since it uses its digest again; owned by the engine. */
final class DeadLetters {
    static final int MAX_HEAD_BYTES = 65_536;
    static final int MAX_DETAIL_CHARS = 4_096;

    private final MessageDigest sha256;

    DeadLetters() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    DeadLetter about(RawRecord record, DeadLetterReason reason, String detail) {
        byte[] value = record.value() == null ? new byte[0] : record.value();
        return new DeadLetter(
                reason,
                cut(detail),
                record.topic().topicName(),
                record.partition(),
                record.offset(),
                Instant.ofEpochMilli(record.timestampMs()),
                value.length,
                record.value() == null ? "" : HexFormat.of().formatHex(sha256.digest(value)),
                ByteBuffer.wrap(value, 0, Math.min(value.length, MAX_HEAD_BYTES)));
    }

    private static String cut(String detail) {
        if (detail.length() <= MAX_DETAIL_CHARS) {
            return detail;
        }
        int end = MAX_DETAIL_CHARS - 1;
        return detail.substring(0, Character.isHighSurrogate(detail.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
