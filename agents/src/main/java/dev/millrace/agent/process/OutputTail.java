package dev.millrace.agent.process;

import dev.millrace.agent.link.ReportSink;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one stream of one attempt, in chunks that follow each other by position. A chunk that is not acknowledged is sent again together
 * with all that follow it, once nothing is under way. After the limit to what is published comes a note that says so, and then nothing but the
 * last chunk. Mutable; owned by the shipper's thread.
 */
final class OutputTail {
    private static final Logger log = LoggerFactory.getLogger(OutputTail.class);
    static final int MAX_CHUNK_BYTES = 64 << 10;
    private static final int MAX_UNACKNOWLEDGED_BYTES = 512 << 10;
    private static final Duration BEFORE_RETRY = Duration.ofSeconds(1);

    private final Settings settings;
    private final LogStream stream;
    private final Path file;
    private final ReportSink sink;
    private final EventLoop loop;
    private final Budget budget;
    private final Deque<Flight> flights = new ArrayDeque<>();

    /** The position in the stream of the next byte to be sent. */
    private long position;
    /** The position in the stream of the file's first byte: not 0 if the task has emptied the file. */
    private long fileBegin;

    private long acknowledged;
    private long unacknowledgedBytes;
    private boolean failed;
    private boolean lastSent;
    private boolean done;
    private @Nullable Runnable whenDone;

    /** Whose output it is, and how much of it is published. */
    record Settings(String pool, String agentId, AttemptId id, long publishedBytes) {}

    /** How much all streams together may have under way, so that a broker that is away does not fill the memory. */
    static final class Budget {
        private static final long MAX_BYTES = 16L << 20;
        private long bytes;
    }

    /** A chunk that is under way. */
    private static final class Flight {
        final long end;
        final int bytes;
        boolean landed;

        Flight(long end, int bytes) {
            this.end = end;
            this.bytes = bytes;
        }
    }

    OutputTail(
            Settings settings, LogStream stream, Path file, long from, ReportSink sink, EventLoop loop, Budget budget) {
        this.settings = settings;
        this.stream = stream;
        this.file = file;
        this.position = from;
        this.acknowledged = from;
        this.sink = sink;
        this.loop = loop;
        this.budget = budget;
    }

    /** Everything before this position is safe. */
    long acknowledged() {
        return acknowledged;
    }

    /** Is all of it safe, and known to be all? */
    boolean isDone() {
        return done;
    }

    /** Says that the attempt is over. {@code then} runs when all is safe. */
    void finish(Runnable then) {
        whenDone = then;
        pump();
    }

    /** Sends what is there, as far as the limits allow. Answers whether there was anything. */
    boolean pump() {
        boolean sent = false;
        while (!failed && !lastSent && !isFull()) {
            LogChunk chunk;
            try {
                chunk = next();
            } catch (IOException e) {
                log.warn("cannot read {}: {}", file, e.toString());
                chunk = whenDone == null ? null : chunk(new byte[0], true);
            }
            if (chunk == null) {
                break;
            }
            send(chunk);
            sent = true;
        }
        return sent;
    }

    private boolean isFull() {
        return unacknowledgedBytes >= MAX_UNACKNOWLEDGED_BYTES
                || (unacknowledgedBytes > 0 && budget.bytes >= Budget.MAX_BYTES);
    }

    private @Nullable LogChunk next() throws IOException {
        long size = file.toFile().length();
        if (size < position - fileBegin && position <= settings.publishedBytes()) {
            fileBegin = position;
        }
        long end = fileBegin + size;
        boolean over = whenDone != null;
        if (position < Math.min(end, settings.publishedBytes())) {
            byte[] data = read(Math.min(end, settings.publishedBytes()));
            return chunk(data, over && position + data.length == end);
        }
        if (position == settings.publishedBytes() && position < end) {
            return chunk(note(), false);
        }
        return over ? chunk(new byte[0], true) : null;
    }

    private byte[] read(long end) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(end - position, MAX_CHUNK_BYTES));
        try (FileChannel channel = FileChannel.open(file)) {
            while (buffer.hasRemaining() && channel.read(buffer, position - fileBegin + buffer.position()) > 0) {
                // Goes on until the chunk is full: the file is at least that long, unless somebody empties it.
            }
        }
        if (buffer.hasRemaining()) {
            throw new IOException("the file became shorter");
        }
        return buffer.array();
    }

    private byte[] note() {
        return ("\n[Millrace publishes " + settings.publishedBytes() + " bytes of a stream; the agent "
                        + settings.agentId() + " has the rest in " + file + "]\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private LogChunk chunk(byte[] data, boolean last) {
        return LogChunk.newBuilder()
                .setPool(settings.pool())
                .setTaskId(settings.id().taskId())
                .setAttempt(settings.id().attempt())
                .setAgentId(settings.agentId())
                .setStream(stream)
                .setPosition(position)
                .setData(ByteBuffer.wrap(data))
                .setLast(last)
                .setReadAt(Instant.now())
                .build();
    }

    private void send(LogChunk chunk) {
        int bytes = chunk.getData().remaining();
        position += bytes;
        lastSent = chunk.getLast();
        Flight flight = new Flight(position, bytes);
        flights.add(flight);
        unacknowledgedBytes += bytes;
        budget.bytes += bytes;
        publish(chunk).whenComplete((result, error) -> loop.execute(() -> landed(flight, error)));
    }

    private CompletionStage<?> publish(LogChunk chunk) {
        try {
            return sink.log(chunk);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private void landed(Flight flight, @Nullable Throwable error) {
        flight.landed = true;
        unacknowledgedBytes -= flight.bytes;
        budget.bytes -= flight.bytes;
        if (error != null && !failed) {
            failed = true;
            log.warn("output of {} was not published, and will be again: {}", settings.id(), error.toString());
        }
        if (failed) {
            if (flights.stream().allMatch(each -> each.landed)) {
                flights.clear();
                loop.after(BEFORE_RETRY, this::retry);
            }
            return;
        }
        while (!flights.isEmpty() && flights.getFirst().landed) {
            acknowledged = flights.removeFirst().end;
        }
        if (lastSent && flights.isEmpty()) {
            done = true;
            if (whenDone != null) {
                whenDone.run();
            }
        } else {
            pump();
        }
    }

    private void retry() {
        failed = false;
        lastSent = false;
        position = acknowledged;
        fileBegin = Math.min(fileBegin, position);
        pump();
    }
}
