package dev.millrace.core;

import dev.millrace.contract.CommandDone;
import dev.millrace.contract.CommandRefused;
import dev.millrace.schemas.Topic;
import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;

/** Answers operators' commands on the topic of decisions. Owned by the stream thread. */
final class Answers {
    private final PoolState state;

    Answers(PoolState state) {
        this.state = state;
    }

    /** The command was carried out. */
    void done(SpecificRecord command, String commandId, String key, String message, Outbox out) {
        String name = command.getSchema().getName();
        out.send(Topic.DECISIONS, key, new CommandDone(state.pool, name, commandId, message, now()));
    }

    /** The command was refused, and changed nothing. */
    void refused(SpecificRecord command, String commandId, String key, String message, Outbox out) {
        String name = command.getSchema().getName();
        out.send(Topic.DECISIONS, key, new CommandRefused(state.pool, name, message, now(), commandId));
    }

    private Instant now() {
        return Instant.ofEpochMilli(state.clocks.wallMs());
    }
}
