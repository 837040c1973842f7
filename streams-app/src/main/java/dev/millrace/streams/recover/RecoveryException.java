package dev.millrace.streams.recover;

/** The state can't be recovered as things are; the message says what to do, if anything can be done. */
public final class RecoveryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RecoveryException(String message) {
        super(message);
    }

    RecoveryException(String message, Throwable cause) {
        super(message, cause);
    }
}
