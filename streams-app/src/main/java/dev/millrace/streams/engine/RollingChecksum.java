package dev.millrace.streams.engine;

import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One number over a sequence of records, in order and whatever they are grouped into. Each record adds the CRC-32C of its key and of its
 * value with their lengths. Every mixing step is a bijection of the number so far, hence two sequences that differ in one record can't
 * become equal again through records that they share. Mutable; owned by the journal.
 */
final class RollingChecksum {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
    private static final int NO_VALUE = -1;

    private final CRC32C crc = new CRC32C();
    private long value;

    RollingChecksum(long value) {
        this.value = value;
    }

    long value() {
        return value;
    }

    /**
     * Adds a record.
     *
     * @param stream tells topics and stores apart: see {@link #stream}
     */
    void add(int stream, int partition, byte[] key, byte @Nullable [] bytes) {
        mix(stream, partition);
        mix(key.length, crcOf(key));
        if (bytes == null) {
            mix(NO_VALUE, 0);
        } else {
            mix(bytes.length, crcOf(bytes));
        }
    }

    /** The number that stands for a topic or store of that name. */
    static int stream(byte[] name) {
        CRC32C crc = new CRC32C();
        crc.update(name, 0, name.length);
        return (int) crc.getValue();
    }

    private int crcOf(byte[] bytes) {
        crc.reset();
        crc.update(bytes, 0, bytes.length);
        return (int) crc.getValue();
    }

    private void mix(int high, int low) {
        long mixed = (value ^ (((long) high << 32) | (low & 0xFFFF_FFFFL))) * MULTIPLIER;
        value = mixed ^ (mixed >>> 32);
    }
}
