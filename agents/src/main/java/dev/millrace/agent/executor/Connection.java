package dev.millrace.agent.executor;

import dev.millrace.schemas.FrameReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One connection of an executor: frames to be sent, and how many that came are not dealt with. Who sends more than is dealt with is not read
 * from until it is, and who does not read what it is sent is disconnected. Mutable and thread-safe; reading and writing are the sockets' thread's.
 */
final class Connection {
    private static final int MAX_UNHANDLED = 64;
    private static final int MAX_OUTBOUND_BYTES = 32 << 20;

    /** A frame on its way to an executor. */
    static final class Outbound {
        private final ByteBuffer bytes;
        private volatile boolean written;

        private Outbound(ByteBuffer bytes) {
            this.bytes = bytes;
        }

        /** Has all of it left this process? If not when its connection is closed, then its receiver can't make anything of it. */
        boolean isWritten() {
            return written;
        }
    }

    final String run;
    final SocketChannel channel;
    final FrameReader reader = new FrameReader();
    private final AtomicInteger unhandled = new AtomicInteger();
    private final Deque<Outbound> outbound = new ArrayDeque<>();
    private int outboundBytes;
    private boolean closed;
    private @Nullable SelectionKey key;
    /** Why it is to be closed; the first reason counts. */
    private volatile @Nullable String closing;

    Connection(String run, SocketChannel channel) {
        this.run = run;
        this.channel = channel;
    }

    void attach(SelectionKey selectionKey) {
        synchronized (outbound) {
            key = selectionKey;
        }
    }

    /** Queues a record's bytes; on a connection that is closed they are not written. */
    Outbound send(byte[] record) {
        Outbound frame = new Outbound(FrameReader.frame(record));
        synchronized (outbound) {
            if (!closed) {
                outbound.add(frame);
                outboundBytes += frame.bytes.remaining();
                want(SelectionKey.OP_WRITE);
            }
            if (outboundBytes > MAX_OUTBOUND_BYTES) {
                close("it does not read what it is sent");
            }
        }
        return frame;
    }

    /** Has it closed soon. */
    void close(String why) {
        synchronized (outbound) {
            if (closing == null) {
                closing = why;
            }
            want(SelectionKey.OP_WRITE);
        }
    }

    @Nullable
    String closing() {
        return closing;
    }

    /** A message that was read is dealt with. */
    void handled() {
        if (unhandled.decrementAndGet() == MAX_UNHANDLED / 2) {
            synchronized (outbound) {
                want(SelectionKey.OP_READ);
            }
        }
    }

    /** Another message was read; false = no more are to be, for the present. */
    boolean mayReadAfterAnother() {
        if (unhandled.incrementAndGet() < MAX_UNHANDLED) {
            return true;
        }
        synchronized (outbound) {
            if (key != null && key.isValid()) {
                key.interestOpsAnd(~SelectionKey.OP_READ);
            }
        }
        // It may all have been dealt with in between.
        if (unhandled.get() <= MAX_UNHANDLED / 2) {
            synchronized (outbound) {
                want(SelectionKey.OP_READ);
            }
        }
        return false;
    }

    /** Writes what the channel takes. */
    void write() throws IOException {
        synchronized (outbound) {
            for (Outbound next = outbound.peek(); next != null; next = outbound.peek()) {
                outboundBytes -= channel.write(next.bytes);
                if (next.bytes.hasRemaining()) {
                    return;
                }
                next.written = true;
                outbound.remove();
            }
            if (key != null && key.isValid()) {
                key.interestOpsAnd(~SelectionKey.OP_WRITE);
            }
        }
    }

    /** Lets the channel go; nothing is written from now on. */
    void release() throws IOException {
        synchronized (outbound) {
            closed = true;
            channel.close();
        }
    }

    private void want(int operation) {
        if (key != null && key.isValid()) {
            key.interestOpsOr(operation);
            key.selector().wakeup();
        }
    }

    @Override
    public String toString() {
        return "connection to " + run;
    }
}
