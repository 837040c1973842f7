package dev.millrace.schemas;

import java.util.HexFormat;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * The CRC-64-AVRO fingerprint of a schema's parsing canonical form, and the ten bytes of single-object encoding that carry it: C3, 01 and
 * the fingerprint's bytes, the lowest first.
 */
final class Fingerprint {
    static final int HEADER_BYTES = 10;

    private static final byte MARKER = (byte) 0xC3;
    private static final byte VERSION = 0x01;

    private Fingerprint() {}

    static long of(Schema schema) {
        return SchemaNormalization.parsingFingerprint64(schema);
    }

    /** The header that stands before each record of a schema. */
    static byte[] header(long fingerprint) {
        byte[] header = new byte[HEADER_BYTES];
        header[0] = MARKER;
        header[1] = VERSION;
        for (int i = 2; i < HEADER_BYTES; i++) {
            header[i] = (byte) (fingerprint >>> (Byte.SIZE * (i - 2)));
        }
        return header;
    }

    static boolean hasHeader(byte[] bytes) {
        return bytes.length >= HEADER_BYTES && bytes[0] == MARKER && bytes[1] == VERSION;
    }

    /** The fingerprint in the header of bytes that have one. */
    static long in(byte[] bytes) {
        long fingerprint = 0;
        for (int i = 2; i < HEADER_BYTES; i++) {
            fingerprint |= (bytes[i] & 0xffL) << (Byte.SIZE * (i - 2));
        }
        return fingerprint;
    }

    /** The fingerprint's eight bytes in hex in the order in which they stand in a header, as a hex dump of a record shows them. */
    static String hex(long fingerprint) {
        return HexFormat.of().formatHex(header(fingerprint), 2, HEADER_BYTES);
    }
}
