package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.StepObserver;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** Watches a replay, on its thread. */
public interface ReplayWatcher extends StepObserver {
    /** Looks away. */
    ReplayWatcher NONE = new ReplayWatcher() {};

    /** A partition's replay begins. What is restored and decided from now on belongs to it. */
    default void begins(int partition) {}

    @Override
    default void restored(SpecificRecord record) {}

    @Override
    default void decided(Input input, List<Message> messages, List<Change> changes) {}

    /** An input was taken once more, whatever became of it. */
    default void took(RawRecord input) {}

    /** A block came out as it was. */
    default void verified(JournalBlock block) {}
}
