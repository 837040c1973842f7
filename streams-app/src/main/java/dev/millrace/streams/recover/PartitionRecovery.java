package dev.millrace.streams.recover;

/**
 * What recovering one partition came to.
 *
 * @param partition the partition
 * @param found what was wrong with it, for people
 * @param blocks how many blocks of the journal were replayed for it
 * @param inputs how many inputs were replayed
 * @param unjournalled how many of those no block of the journal named
 * @param records how many records it has stored
 * @param written how many of them were not so before, and how many were there that must not be
 */
public record PartitionRecovery(
        int partition, String found, long blocks, long inputs, long unjournalled, long records, long written) {
    static final String WHOLE = "whole";

    /** Whether nothing was wrong with it. */
    public boolean wasWhole() {
        return written == 0 && found.equals(WHOLE);
    }
}
