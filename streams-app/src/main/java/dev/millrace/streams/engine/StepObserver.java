package dev.millrace.streams.engine;

import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/**
 * Sees what the core is restored from, takes and decides: for those who count. It is called on the thread that drives the engine, and nothing
 * that it does may have a part in what is decided.
 */
public interface StepObserver {
    /** Looks away. */
    StepObserver NONE = new StepObserver() {
        @Override
        public void restored(SpecificRecord record) {}

        @Override
        public void decided(Input input, List<Message> messages, List<Change> changes) {}
    };

    /** A stored record was put back. */
    void restored(SpecificRecord record);

    /** The core has taken an input. The lists are valid during the call only. */
    void decided(Input input, List<Message> messages, List<Change> changes);
}
