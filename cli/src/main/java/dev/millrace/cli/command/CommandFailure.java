package dev.millrace.cli.command;

import org.jspecify.annotations.Nullable;

/** A command could not do what was asked, for a reason that the person can do something about; the message says what. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public CommandFailure(String message) {
        this(message, null);
    }

    public CommandFailure(String message, @Nullable Throwable cause) {
        this(ExitCode.FAILED, message, cause);
    }

    private CommandFailure(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The person asked for something that can't be asked for. */
    public static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, message, null);
    }

    public int exitCode() {
        return exitCode;
    }
}
