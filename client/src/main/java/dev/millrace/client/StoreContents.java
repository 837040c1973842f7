package dev.millrace.client;

import dev.millrace.schemas.Store;
import java.time.Duration;

/** What the scheduler's stores hold, wherever that is known from. */
interface StoreContents extends AutoCloseable {
    /** Whether there are stores at all, which there are once a scheduler has run. */
    boolean exists();

    /** What a store holds; empty before {@link #exists}. */
    Changelog changelog(Store store);

    /**
     * Goes on to what is committed at the time of the call.
     *
     * @throws ClusterException if that takes longer than the timeout or the brokers cannot be reached
     */
    void readOn(Duration timeout);

    /** How many records have been committed and are not known yet. */
    long recordsBehind();

    @Override
    void close();
}
