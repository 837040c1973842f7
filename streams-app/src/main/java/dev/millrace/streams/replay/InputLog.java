package dev.millrace.streams.replay;

import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.RawRecord;
import java.util.Optional;

/** The inbound topics of one partition, to be read again. */
public interface InputLog extends AutoCloseable {
    /**
     * The first record of a topic at or after an offset, as a read_committed consumer sees it; empty if there is none. Reading forwards is
     * cheap; reading backwards may not be.
     */
    Optional<RawRecord> next(Topic topic, long offset);

    @Override
    void close();
}
