package dev.millrace.cli.command;

import dev.millrace.cli.output.Terminal;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.replay.ReplayWatcher;
import java.util.concurrent.TimeUnit;

/** Shows a person who waits how far a replay is. Mutable; owned by the thread that replays. */
final class ReplayProgress implements ReplayWatcher, AutoCloseable {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** The clock is not asked for each input. */
    private static final int LOOK_EVERY = 1_000;

    private final Terminal terminal;
    private int partition;
    private long inputs;
    private long shownNanos = System.nanoTime();
    private boolean shown;

    ReplayProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void begins(int newPartition) {
        partition = newPartition;
    }

    @Override
    public void took(RawRecord input) {
        inputs++;
        if (inputs % LOOK_EVERY == 0 && terminal.errIsTerminal() && System.nanoTime() - shownNanos > INTERVAL_NANOS) {
            shownNanos = System.nanoTime();
            shown = true;
            terminal.err().printf("\rpartition %d: %,d inputs replayed in all ", partition, inputs);
        }
    }

    /** Takes away what was shown. */
    @Override
    public void close() {
        if (shown) {
            terminal.err().print("\r\u001b[K");
        }
    }
}
