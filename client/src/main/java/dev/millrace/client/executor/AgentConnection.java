package dev.millrace.client.executor;

import dev.millrace.contract.DeadLetterReason;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.FrameReader;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an agent. One thread reads, others write one at a time, and any may close it, which ends what the others are waiting for.
 */
final class AgentConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final FrameReader reader = new FrameReader();
    private final RecordCodec decoder = new RecordCodec();
    private final RecordCodec encoder = new RecordCodec();

    private AgentConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException if nobody listens there */
    static AgentConnection open(Path socket) throws IOException {
        return new AgentConnection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /**
     * The next message; waits for it.
     *
     * @return null = no more comes
     * @throws NotUnderstoodException if the message is one that this version does not know
     */
    @Nullable
    SpecificRecord read() throws IOException, NotUnderstoodException {
        byte[] bytes = reader.read(channel);
        if (bytes == null) {
            return null;
        }
        Decoded decoded = decoder.decode(bytes);
        if (decoded instanceof Decoded.Fault fault) {
            throw new NotUnderstoodException(fault.reason(), fault.detail());
        }
        return ((Decoded.Value) decoded).record();
    }

    /** Sends a message, and waits until there is room for it. */
    void send(SpecificRecord record) throws IOException {
        synchronized (encoder) {
            ByteBuffer frame = FrameReader.frame(encoder.encode(record));
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The agent sent what this version can't read. */
    static final class NotUnderstoodException extends Exception {
        private static final long serialVersionUID = 1L;

        NotUnderstoodException(DeadLetterReason reason, String detail) {
            super("the agent's message can't be understood: " + reason + ", " + detail);
        }
    }
}
