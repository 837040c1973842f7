package dev.millrace.schemas;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.io.BinaryData;
import org.apache.avro.io.BinaryEncoder;

/** Writes Avro's binary encoding into an array that grows and is used again. Mutable; owned by one codec. */
final class ArrayEncoder extends BinaryEncoder {
    private static final int INITIAL_BYTES = 1_024;
    /** A larger array is let go of after use, so that one large record does not hold its memory for ever. */
    private static final int MAX_KEPT_BYTES = 1_048_576;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int position;

    /** Begins anew with these bytes. */
    void begin(byte[] header) {
        position = 0;
        writeFixed(header, 0, header.length);
    }

    /** A copy of all that was written since the beginning. */
    byte[] finish() {
        byte[] copy = Arrays.copyOf(bytes, position);
        if (bytes.length > MAX_KEPT_BYTES) {
            bytes = new byte[INITIAL_BYTES];
        }
        return copy;
    }

    @Override
    public void writeBoolean(boolean value) {
        ensure(1);
        position += BinaryData.encodeBoolean(value, bytes, position);
    }

    @Override
    public void writeInt(int value) {
        ensure(5);
        position += BinaryData.encodeInt(value, bytes, position);
    }

    @Override
    public void writeLong(long value) {
        ensure(10);
        position += BinaryData.encodeLong(value, bytes, position);
    }

    @Override
    public void writeFloat(float value) {
        ensure(Float.BYTES);
        position += BinaryData.encodeFloat(value, bytes, position);
    }

    @Override
    public void writeDouble(double value) {
        ensure(Double.BYTES);
        position += BinaryData.encodeDouble(value, bytes, position);
    }

    @Override
    public void writeFixed(byte[] from, int start, int length) {
        ensure(length);
        System.arraycopy(from, start, bytes, position, length);
        position += length;
    }

    @Override
    public void writeFixed(ByteBuffer from) {
        int length = from.remaining();
        ensure(length);
        from.duplicate().get(bytes, position, length);
        position += length;
    }

    @Override
    protected void writeZero() {
        ensure(1);
        bytes[position++] = 0;
    }

    @Override
    public int bytesBuffered() {
        return position;
    }

    @Override
    public void flush() {}

    private void ensure(int more) {
        if (bytes.length - position < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, position + more));
        }
    }
}
