package dev.millrace.schemas;

import java.io.IOException;

/** Says what is wrong with bytes that do not fit their schema. It has no stack trace, because whoever sends bytes could make it costly. */
final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
