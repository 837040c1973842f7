package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.OperatorClient;
import dev.millrace.client.OperatorClient.Answer;
import java.time.Duration;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;

/** Gives the scheduler an operator's command and shows what it answers. */
final class Operators {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private Operators() {}

    /**
     * Gives a command.
     *
     * @param what what was asked for, for people, such as {@code role eng of pool default}
     * @param command makes the record with the id that it is given
     * @return the exit code: 0 only if the command was carried out
     */
    static int give(
            CommandContext context,
            ClusterOptions cluster,
            OutputOptions output,
            String what,
            Function<String, ? extends SpecificRecord> command) {
        return give(context, cluster.cluster(context), output, what, command);
    }

    /** As {@link #give(CommandContext, ClusterOptions, OutputOptions, String, Function)}, where the cluster is known. */
    static int give(
            CommandContext context,
            ClusterConfig cluster,
            OutputOptions output,
            String what,
            Function<String, ? extends SpecificRecord> command) {
        Answer answer;
        try (var operators = new OperatorClient(cluster)) {
            answer = operators.send(command, ANSWER_TIMEOUT);
        }
        if (answer instanceof Answer.Done done) {
            show(
                    context,
                    output,
                    done.decision(),
                    what + ": done" + detail(done.decision().getMessage()));
            return ExitCode.OK;
        }
        if (answer instanceof Answer.Refused refused) {
            if (output.isJson()) {
                context.terminal().out().println(JsonRecords.line(refused.decision()));
            }
            throw new CommandFailure(
                    what + ": refused" + detail(refused.decision().getMessage()));
        }
        throw new CommandFailure(what + ": the scheduler has not answered within " + ANSWER_TIMEOUT.toSeconds()
                + " s; the command is safe in Kafka and is carried out when a scheduler runs");
    }

    private static void show(CommandContext context, OutputOptions output, SpecificRecord decision, String line) {
        context.terminal().out().println(output.isJson() ? JsonRecords.line(decision) : line);
    }

    private static String detail(String message) {
        return message.isEmpty() ? "" : ", " + message;
    }
}
