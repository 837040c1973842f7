package dev.millrace.cli.command;

/** What a command's end means to the shell. */
public final class ExitCode {
    /** It did what was asked; with {@code run}: every task finished. */
    public static final int OK = 0;
    /** It could not; with {@code run}: some task did not finish. */
    public static final int FAILED = 1;
    /** The command line or the job file is wrong; nothing was done. */
    public static final int USAGE = 2;
    /** It was interrupted by Ctrl-C. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
