package dev.millrace.streams.engine;

import dev.millrace.contract.InputOutcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What taking one raw record led to. Mutable; owned by the engine, which empties it at its next step, so whoever drives the engine sends
 * and stores everything before that.
 */
public final class Step {
    private final List<Outgoing> outputs = new ArrayList<>();
    private final List<Stored> changes = new ArrayList<>();
    private InputOutcome outcome = InputOutcome.OUTCOME_UNKNOWN;
    private boolean tick;

    /** The records to send, in this order. */
    public List<Outgoing> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** The stored records to write, in this order: one may be written more than once. */
    public List<Stored> changes() {
        return Collections.unmodifiableList(changes);
    }

    /** What became of the input. */
    public InputOutcome outcome() {
        return outcome;
    }

    /** True if the input was a tick that the core took. */
    public boolean tick() {
        return tick;
    }

    void begin() {
        outputs.clear();
        changes.clear();
        outcome = InputOutcome.OUTCOME_UNKNOWN;
        tick = false;
    }

    void end(InputOutcome inputOutcome, boolean wasTick) {
        outcome = inputOutcome;
        tick = wasTick;
    }

    void send(Outgoing output) {
        outputs.add(output);
    }

    void store(Stored change) {
        changes.add(change);
    }
}
