package dev.millrace.cli.output;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Lines that come one after the other above a last line that is written over again and again, for those who look at a terminal.
 * Thread-safe: a line is never broken by another.
 */
public final class LiveOutput implements AutoCloseable {
    private static final String ERASE = "\r\u001b[K";
    private static final int MAX_PROGRESS_CHARACTERS = 79;

    private final Terminal terminal;
    private @Nullable String progress;

    public LiveOutput(Terminal terminal) {
        this.terminal = terminal;
    }

    /** A line on standard output. */
    public synchronized void line(String text) {
        raw((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes on standard output as they are; the last line's end is among them. */
    public synchronized void raw(byte[] bytes) {
        erase();
        terminal.out().write(bytes, 0, bytes.length);
        terminal.out().flush();
        redraw();
    }

    /** A line on standard error. */
    public synchronized void complaint(String text) {
        rawError((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes on standard error as they are; the last line's end is among them. */
    public synchronized void rawError(byte[] bytes) {
        erase();
        terminal.err().write(bytes, 0, bytes.length);
        terminal.err().flush();
        redraw();
    }

    /** What the last line says from now on, where there is a terminal. */
    public synchronized void progress(String text) {
        if (terminal.errIsTerminal() && !text.equals(progress)) {
            erase();
            progress = text.length() <= MAX_PROGRESS_CHARACTERS ? text : text.substring(0, MAX_PROGRESS_CHARACTERS);
            redraw();
        }
    }

    /** Tells that nobody reads standard output any more, as when it was piped into a program that has ended. */
    public synchronized boolean isOutputGone() {
        return terminal.out().checkError();
    }

    /** Takes the last line away. */
    @Override
    public synchronized void close() {
        erase();
        progress = null;
    }

    private void erase() {
        if (progress != null) {
            terminal.err().print(ERASE);
            terminal.err().flush();
        }
    }

    private void redraw() {
        if (progress != null) {
            terminal.err().print(progress);
            terminal.err().flush();
        }
    }
}
