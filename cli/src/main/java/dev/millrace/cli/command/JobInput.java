package dev.millrace.cli.command;

import dev.millrace.cli.job.Job;
import dev.millrace.cli.job.JobFileReader;
import dev.millrace.cli.job.JobFileReading;
import dev.millrace.cli.job.Submission;
import dev.millrace.contract.TaskRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What to submit: a job file, or after {@code --} a command. Mutable, for picocli fills it in. */
final class JobInput {
    private static final String END_OF_OPTIONS = "--";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Parameters(
            paramLabel = "FILE | -- COMMAND",
            description = {
                "A job file (see docs/job-files.md; - reads standard input), or after -- a command: one word is a line for the shell,"
                        + " several are a program and its arguments."
            })
    private List<String> words = new ArrayList<>();

    @Option(
            names = "--id",
            paramLabel = "ID",
            description =
                    "The submission's part of the task ids, in place of one drawn at random: submitting the same with the same ID"
                            + " again is refused as a duplicate.")
    private @Nullable String id;

    @ArgGroup(validate = false, heading = "%nOptions for a command after --:%n")
    private @Nullable TaskOptions task;

    /** The requests; a failure that names everything that is wrong if there is something. */
    List<TaskRequest> requests(CommandContext context) {
        var now = Instant.now();
        var random = new SecureRandom();
        var principal = context.principal();
        var job = job(context, now);
        try {
            var submission = id == null
                    ? Submission.drawn(random, now, principal)
                    : Submission.labelled(id, random, now, principal);
            return job.requests(submission);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--id: " + e.getMessage());
        }
    }

    private Job job(CommandContext context, Instant now) {
        if (isCommand()) {
            return (task == null ? new TaskOptions() : task).job(words);
        }
        if (words.size() != 1) {
            throw CommandFailure.usage(
                    words.isEmpty()
                            ? "what is to be run? Give a job FILE, or a command after --"
                            : "give one job FILE, or a command after --, not " + String.join(" ", words));
        }
        if (task != null) {
            throw CommandFailure.usage(
                    "options that describe a task go with a command after --; a job file says it all itself");
        }
        return read(context, words.get(0), now);
    }

    /** Tells whether all words stand after the mark that ends the options. */
    private boolean isCommand() {
        var arguments =
                Objects.requireNonNull(command).commandLine().getParseResult().originalArgs();
        int mark = arguments.indexOf(END_OF_OPTIONS);
        int after = mark < 0 ? 0 : arguments.size() - mark - 1;
        if (mark >= 0 && after == 0) {
            throw CommandFailure.usage("there is no command after --");
        }
        if (after > 0 && after < words.size()) {
            throw CommandFailure.usage("give either a job FILE or a command after --, not both");
        }
        return after > 0;
    }

    private static Job read(CommandContext context, String file, Instant now) {
        JobFileReading reading;
        try {
            var text = file.equals("-")
                    ? new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    : Files.readString(Path.of(file));
            reading = JobFileReader.read(file, text, now);
        } catch (IOException e) {
            throw CommandFailure.usage("cannot read the job file " + file + ": " + FileFailures.why(e));
        }
        if (reading instanceof JobFileReading.Refused refused) {
            refused.faults().forEach(context.terminal().err()::println);
            int count = refused.faults().size();
            throw CommandFailure.usage(
                    "nothing was submitted: " + (count == 1 ? "1 fault" : count + " faults") + " in " + file);
        }
        return ((JobFileReading.Read) reading).job();
    }
}
