package dev.millrace.cli.up;

import org.jspecify.annotations.Nullable;

/** A local cluster can't be started or used, for a reason that a person can do something about; the message says what. */
public final class LocalClusterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LocalClusterException(String message) {
        this(message, null);
    }

    public LocalClusterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
