package dev.millrace.bench;

import java.io.IOException;

/**
 * A measurement with processes or brokers of its own, which end when it is closed, also while another thread runs it.
 *
 * @param <T> its result
 */
public interface StoppableBench<T> extends AutoCloseable {
    /**
     * Measures; once.
     *
     * @throws dev.millrace.client.ClusterException if the cluster that is measured does not do its part
     */
    T run() throws IOException, InterruptedException;

    /** Ends all that it has started. */
    @Override
    void close();
}
