package dev.millrace.streams.engine;

/**
 * The stored state was written by a newer version. What that decided cannot be gone on with by other rules, and what it stored may mean
 * more than this version reads in it, so the partition stops before it has written anything.
 */
public final class NewerStateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private NewerStateException(int partition, String how) {
        super("the state of partition " + partition + " was written by a newer version of the scheduler: " + how
                + "; nothing was changed; start that version or a later one");
    }

    static NewerStateException decided(int partition, int behaviour, int known) {
        return new NewerStateException(
                partition,
                "it was decided by rules of version " + behaviour + ", and this one knows those up to " + known);
    }

    static NewerStateException unreadable(int partition, String store, String detail) {
        return new NewerStateException(
                partition, "the store " + store + " holds a record that this one cannot read (" + detail + ")");
    }
}
