package dev.millrace.streams;

import org.jspecify.annotations.Nullable;

/** The scheduler can't start, or had to stop; the message says what is wrong and what to do. */
public final class SchedulerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchedulerException(String message) {
        this(message, null);
    }

    SchedulerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
