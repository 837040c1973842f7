package dev.millrace.streams.replay;

import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.RawRecord;
import java.util.List;

/**
 * An input that was taken once more.
 *
 * @param input the input
 * @param outputs what came out, in order
 */
record ReplayedInput(RawRecord input, List<Outgoing> outputs) {
    ReplayedInput {
        outputs = List.copyOf(outputs);
    }
}
