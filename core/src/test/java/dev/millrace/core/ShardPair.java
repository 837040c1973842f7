package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Supplier;

/**
 * A shard that lives throughout and, beside it, one that is lost and rebuilt from the stored records whenever the test says so. Both must put out
 * the same.
 */
final class ShardPair {
    private final Supplier<Shard> empty;
    private final StoredState stored = new StoredState();
    private final Shard shard;
    private Shard restarted;

    ShardPair(Supplier<Shard> empty) {
        this.empty = empty;
        shard = empty.get();
        shard.restored();
        restarted = stored.restore(empty.get());
    }

    /** The one that lives throughout. */
    Shard shard() {
        return shard;
    }

    StoredState stored() {
        return stored;
    }

    /** Loses the other one and rebuilds it. */
    void restart() {
        restarted = stored.restore(empty.get());
    }

    Outbox on(Input input) {
        Outbox out = new Outbox();
        shard.on(input, out);
        Outbox fromRestarted = new Outbox();
        restarted.on(input, fromRestarted);
        assertThat(fromRestarted.messages()).as("messages on %s", input).isEqualTo(out.messages());
        assertThat(fromRestarted.changes()).as("changes on %s", input).isEqualTo(out.changes());
        stored.apply(out);
        return out;
    }

    /** Whether a rebuilt shard, and the one that was rebuilt last, have the same indexes as the one that lives throughout. */
    void assertSameIndexes() {
        ShardDump.assertSame(stored.restore(empty.get()), shard);
        ShardDump.assertSame(restarted, shard);
    }
}
