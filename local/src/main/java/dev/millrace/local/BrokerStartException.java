package dev.millrace.local;

import org.jspecify.annotations.Nullable;

/** A broker could not be started; the message says why, and what to do, in words for the person who started it. */
public final class BrokerStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BrokerStartException(String message) {
        this(message, null);
    }

    BrokerStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
