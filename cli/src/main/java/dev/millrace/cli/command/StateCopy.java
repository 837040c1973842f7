package dev.millrace.cli.command;

import dev.millrace.client.ReadModel;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Topics;
import java.time.Duration;

/** Makes copies of the scheduler's state that its own core answers questions on; nothing of what it decides there reaches anybody. */
final class StateCopy {
    private static final Duration REFRESH_TIMEOUT = Duration.ofSeconds(30);
    private static final int TRIES = 5;

    private StateCopy() {}

    /** The state of a pool, with that of those that share its partition. */
    static Shard of(ReadModel model, String pool) {
        for (int tried = 1; ; tried++) {
            try {
                int partitions = model.partitionCount();
                var shard = new Shard(Topics.partition(pool, partitions), partitions);
                model.stored(pool, shard::restore);
                shard.restored();
                return shard;
            } catch (RuntimeException e) {
                // What was read may be half of a step, which no core has ever seen; a moment later it is whole.
                if (tried == TRIES) {
                    throw new CommandFailure("the scheduler's state can't be made sense of: " + e, e);
                }
                model.refresh(REFRESH_TIMEOUT);
            }
        }
    }
}
