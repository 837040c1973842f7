package dev.millrace.agent.executor;

import dev.millrace.schemas.FrameReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection of an executor: frames to be sent, and how many that came are not dealt with. Who sends more than is dealt with is not read
 * from until it is, and who does not read what it is sent is disconnected. Mutable and thread-safe; reading and writing are the sockets' thread's.
 */
final class Connection {
    private static final int MAX_UNHANDLED = 64;
    private static final int MAX_OUTBOUND_BYTES = 32 << 20;
    /** Who has more than this to read is not read from: answers would only add to it. */
    private static final int MAX_OUTBOUND_WHILE_READING_BYTES = 1 << 20;
    /** What a frame takes beside its bytes. */
    private static final int FRAME_OVERHEAD_BYTES = 200;

    /** A frame on its way to an executor. */
    static final class Outbound {
        private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

        private ByteBuffer bytes;
        private final BooleanSupplier leave;
        private final Runnable withdrawn;
        private volatile boolean written;

        private Outbound(ByteBuffer bytes, BooleanSupplier leave, Runnable withdrawn) {
            this.bytes = bytes;
            this.leave = leave;
            this.withdrawn = withdrawn;
        }

        /** Has all of it left this process? If not when its connection is closed, then its receiver can't make anything of it. */
        boolean isWritten() {
            return written;
        }
    }

    final String run;
    final SocketChannel channel;
    final FrameReader reader = new FrameReader();
    final long sinceNs = System.nanoTime();
    /** Has the executor registered on it? */
    volatile boolean isRegistered;

    private final Deque<Outbound> outbound = new ArrayDeque<>();
    private int outboundBytes;
    private int unhandled;
    /** Is it not read from, for the present? */
    private boolean paused;

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
        return send(record, () -> true, () -> {});
    }

    /**
     * The same with a record that may be kept back.
     *
     * @param leave may it still leave? Asked whenever a part of it is about to
     * @param withdrawn called in the sockets' thread if it was kept back because it may not; not if the connection ends first
     */
    Outbound send(byte[] record, BooleanSupplier leave, Runnable withdrawn) {
        Outbound frame = new Outbound(FrameReader.frame(record), leave, withdrawn);
        synchronized (outbound) {
            if (!closed) {
                outbound.add(frame);
                outboundBytes += frame.bytes.remaining() + FRAME_OVERHEAD_BYTES;
                want(SelectionKey.OP_WRITE);
            }
            if (outboundBytes > MAX_OUTBOUND_BYTES) {
                close("it does not read what it is sent");
            }
        }
        return frame;
    }

    /** Has it closed soon. What is not wholly written when this returns never will be. */
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
        synchronized (outbound) {
            unhandled--;
            readAgain();
        }
    }

    private void readAgain() {
        if (paused && unhandled <= MAX_UNHANDLED / 2 && outboundBytes <= MAX_OUTBOUND_WHILE_READING_BYTES) {
            paused = false;
            want(SelectionKey.OP_READ);
        }
    }

    /** Another message was read; false = no more are to be, for the present. */
    boolean mayReadAfterAnother() {
        synchronized (outbound) {
            unhandled++;
            paused = unhandled >= MAX_UNHANDLED || outboundBytes > MAX_OUTBOUND_WHILE_READING_BYTES;
            if (paused && key != null && key.isValid()) {
                key.interestOpsAnd(~SelectionKey.OP_READ);
            }
            return !paused;
        }
    }

    /** Writes what the channel takes. */
    void write() throws IOException {
        synchronized (outbound) {
            for (Outbound next = outbound.peek(); next != null && closing == null; next = outbound.peek()) {
                if (!next.leave.getAsBoolean()) {
                    withdraw(next);
                } else {
                    outboundBytes -= channel.write(next.bytes);
                    if (next.bytes.hasRemaining()) {
                        return;
                    }
                    next.written = true;
                    drop(next);
                }
            }
            if (closing == null && key != null && key.isValid()) {
                key.interestOpsAnd(~SelectionKey.OP_WRITE);
            }
        }
    }

    /** A frame may not leave any more. One of which a part has left can only be kept from its receiver by ending the connection. */
    private void withdraw(Outbound frame) {
        if (frame.bytes.position() > 0) {
            close("a frame may not leave any more that had begun to");
        } else {
            drop(frame);
            frame.withdrawn.run();
        }
    }

    /** Takes the first frame away, and lets its memory go. */
    private void drop(Outbound first) {
        outbound.remove();
        outboundBytes -= first.bytes.remaining() + FRAME_OVERHEAD_BYTES;
        first.bytes = Outbound.NOTHING;
        readAgain();
    }

    /** Lets the channel go; nothing is written from now on. */
    void release() throws IOException {
        synchronized (outbound) {
            closed = true;
            outbound.forEach(frame -> frame.bytes = Outbound.NOTHING);
            outbound.clear();
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
