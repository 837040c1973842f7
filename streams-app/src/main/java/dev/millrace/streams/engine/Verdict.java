package dev.millrace.streams.engine;

import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.InputOutcome;
import dev.millrace.core.Input;

/**
 * What becomes of a raw record. The record that a verdict names is the raw one, or the one inside it if that was redirected: dead letters
 * speak of a record as it lay where its sender put it.
 */
sealed interface Verdict {
    /** The outcome to write into the journal. */
    InputOutcome outcome();

    /** The core takes it. */
    record Taken(RawRecord origin, Input input) implements Verdict {
        @Override
        public InputOutcome outcome() {
            return InputOutcome.TAKEN;
        }
    }

    /** It can't be taken: a dead letter. */
    record Undecodable(RawRecord origin, DeadLetterReason reason, String detail) implements Verdict {
        @Override
        public InputOutcome outcome() {
            return InputOutcome.UNDECODABLE;
        }
    }

    /** It belongs to another partition: it is forwarded there. */
    record Misrouted(RawRecord origin, String pool, int toPartition) implements Verdict {
        @Override
        public InputOutcome outcome() {
            return InputOutcome.MISROUTED;
        }
    }
}
