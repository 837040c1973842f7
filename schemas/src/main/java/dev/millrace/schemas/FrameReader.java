package dev.millrace.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into frames, as an agent and its executors send them: four bytes of length, big-endian, then so many bytes of a record
 * in single-object encoding. The largest frame holds the largest record of task-launches, so that every launch fits. Channels may block or
 * not. Mutable; one thread at a time uses it, and each stream has its own.
 */
public final class FrameReader {
    /** The largest record in a frame, in bytes. */
    public static final int MAX_RECORD_BYTES = Topic.TASK_LAUNCHES.maxRecordBytes();

    private final ByteBuffer header = ByteBuffer.allocate(Integer.BYTES);
    private @Nullable ByteBuffer body;
    private boolean ended;

    /**
     * The frame of an encoded record, ready to be written.
     *
     * @throws IllegalArgumentException if the record is too large
     */
    public static ByteBuffer frame(byte[] record) {
        if (record.length > MAX_RECORD_BYTES) {
            throw new IllegalArgumentException(
                    "the record has " + record.length + " bytes, and a frame takes at most " + MAX_RECORD_BYTES);
        }
        return ByteBuffer.allocate(Integer.BYTES + record.length)
                .putInt(record.length)
                .put(record)
                .flip();
    }

    /**
     * The next record's bytes.
     *
     * @return null if the channel has no whole frame at present, or no more at all, which {@link #hasEnded} tells
     * @throws IOException if the channel fails, or the length is none that a frame can have
     */
    public byte @Nullable [] read(ReadableByteChannel channel) throws IOException {
        if (!fill(channel, header)) {
            return null;
        }
        ByteBuffer bytes = body;
        if (bytes == null) {
            int length = header.getInt(0);
            if (length < 1 || length > MAX_RECORD_BYTES) {
                throw new IOException("a frame cannot have a length of " + length + ": 1 to " + MAX_RECORD_BYTES);
            }
            bytes = ByteBuffer.allocate(length);
            body = bytes;
        }
        if (!fill(channel, bytes)) {
            return null;
        }
        header.clear();
        body = null;
        return bytes.array();
    }

    /** Whether the channel has said that nothing more comes. */
    public boolean hasEnded() {
        return ended;
    }

    private boolean fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer);
            if (read <= 0) {
                ended = read < 0;
                return false;
            }
        }
        return true;
    }
}
