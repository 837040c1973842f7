package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.streams.engine.StoredState;
import java.util.List;

/**
 * What a partition must have stored, made out from the log.
 *
 * @param partition the partition
 * @param state what it must have stored
 * @param blocks how many blocks of the journal were replayed for it
 * @param inputs how many inputs were replayed, those that no block names included
 * @param unjournalled how many inputs no block named, whose order what was put out has told
 * @param closed blocks of the journal that were closed on the way, and that the journal lacks
 */
public record RebuiltPartition(
        int partition, StoredState state, long blocks, long inputs, long unjournalled, List<JournalBlock> closed) {
    public RebuiltPartition {
        closed = List.copyOf(closed);
    }
}
