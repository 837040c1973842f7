package dev.millrace.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Reads Avro's binary encoding from an array that anybody may have written. Avro's own decoder trusts lengths up to limits that only
 * properties of the whole JVM can set; this one takes no length, and no count of items, that is larger than the number of bytes which
 * are left, so that what is allocated is in proportion to what was sent. It also refuses what Avro's own lets pass: numbers that do not
 * fit their type, booleans other than 0 and 1, and strings that are not UTF-8. Every item of an array takes a byte at least, because no
 * schema of Millrace's has a record without fields. Mutable; owned by one codec.
 *
 * <p>Short strings that it has read lately are given again: roles, jobs, names of pools and the like are the same in record after
 * record, and most records are kept.
 */
final class ArrayDecoder extends Decoder {
    private static final byte[] EMPTY = new byte[0];
    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);
    private static final int LONGEST_KEPT_STRING = 48;
    /** A power of two. */
    private static final int KEPT_STRINGS = 1_024;

    private byte[] bytes = EMPTY;
    private int position;
    private int end;
    /** The string that was read last of those whose bytes have the same hash, by that hash. */
    private final @Nullable Kept[] kept = new Kept[KEPT_STRINGS];

    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    private record Kept(byte[] bytes, String text) {}

    /** Begins to read at an offset of an array, up to the array's end. */
    void begin(byte[] from, int offset) {
        bytes = from;
        position = offset;
        end = from.length;
    }

    /** Lets go of the array. */
    void release() {
        bytes = EMPTY;
        position = 0;
        end = 0;
    }

    /** The offset of the next byte. */
    int position() {
        return position;
    }

    /** How many bytes are left. */
    int remaining() {
        return end - position;
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() throws IOException {
        byte value = readByte();
        if (value != 0 && value != 1) {
            throw new MalformedException("a boolean of " + value + " is neither 0 nor 1");
        }
        return value == 1;
    }

    @Override
    public int readInt() throws IOException {
        long value = readLong();
        if ((int) value != value) {
            throw new MalformedException(value + " does not fit an int");
        }
        return (int) value;
    }

    @Override
    public long readLong() throws IOException {
        long zigZag = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = readByte();
            zigZag |= (next & 0x7fL) << shift;
            if (next >= 0) {
                if (shift == 63 && next > 1) {
                    break;
                }
                return (zigZag >>> 1) ^ -(zigZag & 1);
            }
        }
        throw new MalformedException("a number does not fit 64 bits");
    }

    @Override
    public float readFloat() throws IOException {
        return Float.intBitsToFloat((int) readLittleEndian(Float.BYTES));
    }

    @Override
    public double readDouble() throws IOException {
        return Double.longBitsToDouble(readLittleEndian(Double.BYTES));
    }

    @Override
    public Utf8 readString(Utf8 old) throws IOException {
        return new Utf8(readString());
    }

    @Override
    public String readString() throws IOException {
        int length = readLength("a string");
        int start = position;
        position += length;
        if (length == 0) {
            return "";
        }
        return length > LONGEST_KEPT_STRING ? newString(start, length) : keptString(start, length);
    }

    private String keptString(int start, int length) throws MalformedException {
        int hash = length;
        for (int i = start; i < start + length; i++) {
            hash = 31 * hash + bytes[i];
        }
        int slot = (hash ^ (hash >>> 16)) & (KEPT_STRINGS - 1);
        Kept known = kept[slot];
        if (known != null && Arrays.equals(bytes, start, start + length, known.bytes, 0, known.bytes.length)) {
            return known.text;
        }
        Kept read = new Kept(Arrays.copyOfRange(bytes, start, start + length), newString(start, length));
        kept[slot] = read;
        return read.text;
    }

    private String newString(int start, int length) throws MalformedException {
        String value = new String(bytes, start, length, StandardCharsets.UTF_8);
        // Java puts this character where bytes are no UTF-8; it is rare enough in honest text to look twice only then.
        if (value.indexOf('\ufffd') >= 0) {
            checkUtf8(start, length);
        }
        return value;
    }

    @Override
    public void skipString() throws IOException {
        skip(readLength("a string"));
    }

    @Override
    public ByteBuffer readBytes(ByteBuffer old) throws IOException {
        int length = readLength("a byte string");
        if (length == 0) {
            return NO_BYTES;
        }
        byte[] copy = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return ByteBuffer.wrap(copy);
    }

    @Override
    public void skipBytes() throws IOException {
        skip(readLength("a byte string"));
    }

    @Override
    public void readFixed(byte[] to, int start, int length) throws IOException {
        require(length);
        System.arraycopy(bytes, position, to, start, length);
        position += length;
    }

    @Override
    public void skipFixed(int length) throws IOException {
        require(length);
        skip(length);
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public int readIndex() throws IOException {
        return readInt();
    }

    @Override
    public long readArrayStart() throws IOException {
        return readItemCount();
    }

    @Override
    public long arrayNext() throws IOException {
        return readItemCount();
    }

    @Override
    public long skipArray() throws IOException {
        return skipItems();
    }

    @Override
    public long readMapStart() throws IOException {
        return readItemCount();
    }

    @Override
    public long mapNext() throws IOException {
        return readItemCount();
    }

    @Override
    public long skipMap() throws IOException {
        return skipItems();
    }

    /** Reads the count of a block's items; a negative one is followed by the block's length, which is not needed. */
    private long readItemCount() throws IOException {
        long count = readLong();
        if (count < 0) {
            readLength("a block of items");
            count = -count;
        }
        return checkCount(count);
    }

    /** Skips the blocks that say how long they are, up to one that does not or to the end. */
    private long skipItems() throws IOException {
        long count = readLong();
        while (count < 0) {
            skip(readLength("a block of items"));
            count = readLong();
        }
        return checkCount(count);
    }

    private long checkCount(long count) throws MalformedException {
        if (count < 0 || count > remaining()) {
            throw new MalformedException("a block of " + Long.toUnsignedString(count) + " items, but " + left());
        }
        return count;
    }

    private int readLength(String what) throws IOException {
        long length = readLong();
        if (length < 0 || length > remaining()) {
            throw new MalformedException(what + " of " + length + " bytes, but " + left());
        }
        return (int) length;
    }

    private void require(int length) throws MalformedException {
        if (length > remaining()) {
            throw new MalformedException(length + " bytes are needed, but " + left());
        }
    }

    private String left() {
        int remaining = remaining();
        return remaining == 1 ? "only 1 byte is left" : "only " + remaining + " bytes are left";
    }

    private void skip(int length) {
        position += length;
    }

    private byte readByte() throws MalformedException {
        if (position >= end) {
            throw new MalformedException("the bytes end too early");
        }
        return bytes[position++];
    }

    private long readLittleEndian(int length) throws MalformedException {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (readByte() & 0xffL) << (Byte.SIZE * i);
        }
        return value;
    }

    private void checkUtf8(int start, int length) throws MalformedException {
        try {
            CharBuffer unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length));
        } catch (CharacterCodingException e) {
            throw new MalformedException("a string is not UTF-8");
        }
    }
}
