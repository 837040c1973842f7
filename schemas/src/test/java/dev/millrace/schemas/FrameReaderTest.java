package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
    private final FrameReader reader = new FrameReader();

    @Test
    void readsWhatWasFramedOneAfterTheOther() throws IOException {
        ReadableByteChannel channel = channel(FrameReader.frame(new byte[] {1, 2}), FrameReader.frame(new byte[] {3}));

        assertThat(reader.read(channel)).containsExactly(1, 2);
        assertThat(reader.read(channel)).containsExactly(3);
        assertThat(reader.read(channel)).isNull();
        assertThat(reader.hasEnded()).isTrue();
    }

    @Test
    void goesOnWhereItStoppedWhenAFrameComesInPieces() throws IOException {
        byte[] frame = FrameReader.frame(new byte[] {7, 8, 9}).array();

        for (int i = 0; i < frame.length - 1; i++) {
            assertThat(reader.read(piece(frame[i]))).isNull();
        }
        assertThat(reader.hasEnded()).isFalse();
        assertThat(reader.read(piece(frame[frame.length - 1]))).containsExactly(7, 8, 9);
    }

    @Test
    void refusesLengthsThatNoFrameHas() {
        for (int length : new int[] {0, -1, FrameReader.MAX_RECORD_BYTES + 1}) {
            ByteBuffer header = ByteBuffer.allocate(4).putInt(length).flip();

            assertThatThrownBy(() -> new FrameReader().read(channel(header)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("a length of " + length);
        }
    }

    @Test
    void framesNothingThatAReaderWouldRefuse() {
        assertThatThrownBy(() -> FrameReader.frame(new byte[FrameReader.MAX_RECORD_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ReadableByteChannel channel(ByteBuffer... frames) {
        ByteBuffer all = ByteBuffer.allocate(64);
        for (ByteBuffer frame : frames) {
            all.put(frame);
        }
        return Channels.newChannel(new ByteArrayInputStream(all.array(), 0, all.position()));
    }

    /** A channel that has one byte at present, and will have more. */
    private static ReadableByteChannel piece(byte only) {
        ReadableByteChannel one = Channels.newChannel(new ByteArrayInputStream(new byte[] {only}));
        return new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer buffer) throws IOException {
                return Math.max(0, one.read(buffer));
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {
                // There is nothing to let go.
            }
        };
    }
}
