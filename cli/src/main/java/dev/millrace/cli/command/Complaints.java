package dev.millrace.cli.command;

import dev.millrace.cli.output.Terminal;
import dev.millrace.cli.up.LocalClusterException;
import dev.millrace.client.ClusterException;
import dev.millrace.client.InvalidRequestException;
import dev.millrace.streams.SchedulerException;
import dev.millrace.streams.recover.RecoveryException;
import dev.millrace.streams.replay.ReplayFailedException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one line what went wrong and what to do about it; with {@code --verbose} also where in the program. */
final class Complaints implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Terminal terminal;

    Complaints(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        var command = e.getCommandLine();
        var name = command.getCommandSpec().qualifiedName();
        terminal.err().println(name + ": " + oneLine(e.getMessage()) + suggestion(e) + " (see " + name + " --help)");
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        return complain(e, command, parsed);
    }

    /** Says what ended a command, and returns the exit code. Errors are no different: a person can do as much about them. */
    int complain(Throwable thrown, CommandLine command, ParseResult parsed) {
        var cause = root(thrown);
        terminal.out().flush();
        terminal.err().println(command.getCommandSpec().qualifiedName() + ": " + message(cause));
        if (isVerbose(parsed)) {
            thrown.printStackTrace(terminal.err());
        }
        if (cause instanceof CommandFailure failure) {
            return failure.exitCode();
        }
        return cause instanceof InvalidRequestException ? ExitCode.USAGE : ExitCode.FAILED;
    }

    private static String suggestion(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            return "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
        }
        return "";
    }

    /** What the person hears; of what the program did not expect, that it is no fault of theirs. */
    private static String message(Throwable cause) {
        boolean isForPeople = cause instanceof CommandFailure
                || cause instanceof ClusterException
                || cause instanceof LocalClusterException
                || cause instanceof SchedulerException
                || cause instanceof ReplayFailedException
                || cause instanceof RecoveryException
                || cause instanceof UncheckedIOException
                || cause instanceof InvalidRequestException;
        if (isForPeople) {
            return oneLine(cause.getMessage());
        }
        if (cause instanceof TimeoutException) {
            return "the cluster did not answer in time (" + oneLine(cause.getMessage())
                    + "); see that it runs and that --bootstrap-server is right";
        }
        if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
            return "the cluster refuses this client (" + oneLine(cause.getMessage())
                    + "); give its Kafka client properties with --command-config";
        }
        if (cause instanceof UnknownTopicOrPartitionException) {
            return "the cluster lacks a topic of Millrace's (" + oneLine(cause.getMessage())
                    + "); see that --prefix is right, or create them: millrace topics create, with the same --bootstrap-server"
                    + " and --prefix";
        }
        if (cause instanceof OutOfMemoryError) {
            return "out of memory (" + oneLine(cause.getMessage()) + "); give it more with MILLRACE_JAVA_OPTS=-Xmx2g";
        }
        return "unexpected " + oneLine(cause.toString()) + "; --verbose shows where";
    }

    private static boolean isVerbose(ParseResult parsed) {
        for (var level = parsed; level != null; level = level.hasSubcommand() ? level.subcommand() : null) {
            if (level.hasMatchedOption(Commands.VERBOSE)) {
                return true;
            }
        }
        return false;
    }

    private static Throwable root(Throwable thrown) {
        var cause = thrown.getCause();
        boolean isWrapper = thrown instanceof ExecutionException || thrown instanceof CompletionException;
        return isWrapper && cause != null ? root(cause) : thrown;
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
