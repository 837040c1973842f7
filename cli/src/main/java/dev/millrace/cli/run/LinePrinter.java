package dev.millrace.cli.run;

import dev.millrace.cli.output.LiveOutput;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Prints output in whole lines, each with its task's name before it where several tasks write, so that lines of different tasks are never
 * mixed up. What a task wrote to its standard error goes to that of this process. Mutable; owned by the thread that reads the chunks.
 */
public final class LinePrinter {
    /** A line that is longer is printed in pieces, so that no task can make this process hold more than this for each of its streams. */
    private static final int MAX_LINE_BYTES = 64 << 10;

    private final LiveOutput out;
    private final Function<String, String> prefixes;
    private final Map<StreamOfAttempt, Begun> begun = new HashMap<>();

    /** A stream that has not ended: the position of its next byte, and the line that has no end yet. */
    private static final class Begun {
        private long position;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    }

    /**
     * A printer.
     *
     * @param prefixes gives what stands before each line of the task with that id
     */
    public LinePrinter(LiveOutput out, Function<String, String> prefixes) {
        this.out = out;
        this.prefixes = prefixes;
    }

    /** Takes the chunks of each stream in order, none twice. */
    public void take(LogChunk chunk) {
        var from = StreamOfAttempt.of(chunk);
        var stream = begun.computeIfAbsent(from, key -> new Begun());
        if (chunk.getPosition() > stream.position) {
            endLine(from, stream);
            out.complaint(prefixes.apply(from.taskId()) + "[" + (chunk.getPosition() - stream.position)
                    + " bytes of its output are not kept]");
        }
        stream.position = chunk.getPosition() + chunk.getData().remaining();
        print(from, wholeLines(from, stream, chunk.getData().duplicate()));
        if (chunk.getLast()) {
            endLine(from, stream);
            begun.remove(from);
        }
    }

    private ByteArrayOutputStream wholeLines(StreamOfAttempt from, Begun stream, ByteBuffer data) {
        var lines = new ByteArrayOutputStream();
        while (data.hasRemaining()) {
            byte next = data.get();
            stream.line.write(next);
            if (next == '\n' || stream.line.size() >= MAX_LINE_BYTES) {
                lines.writeBytes(prefix(from));
                lines.writeBytes(stream.line.toByteArray());
                if (next != '\n') {
                    lines.write('\n');
                }
                stream.line.reset();
            }
        }
        return lines;
    }

    private void endLine(StreamOfAttempt from, Begun stream) {
        if (stream.line.size() > 0) {
            print(from, wholeLines(from, stream, ByteBuffer.wrap(new byte[] {'\n'})));
        }
    }

    private byte[] prefix(StreamOfAttempt from) {
        return prefixes.apply(from.taskId()).getBytes(StandardCharsets.UTF_8);
    }

    private void print(StreamOfAttempt from, ByteArrayOutputStream lines) {
        if (lines.size() == 0) {
            return;
        }
        if (from.stream() == LogStream.STDERR) {
            out.rawError(lines.toByteArray());
        } else {
            out.raw(lines.toByteArray());
        }
    }
}
