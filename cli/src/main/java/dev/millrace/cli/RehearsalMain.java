package dev.millrace.cli;

import dev.millrace.cli.command.CommandContext;
import dev.millrace.cli.command.Commands;
import dev.millrace.cli.logging.Logging;
import dev.millrace.cli.output.Terminal;
import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Does once, for nobody, what Millrace does at a start: a whole cluster takes a task, runs it and answers a question. The launcher has the
 * JVM archive the classes that this has loaded, so that later starts need not read and check them again. All files are in the JVM's
 * directory for temporary ones.
 */
public final class RehearsalMain {
    private RehearsalMain() {}

    /** Exits with 0 if all went as it should; else what was loaded is not worth keeping. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Locale.setDefault(Locale.ROOT);
        Logging.toStandardOutput();
        // Nothing of the environment: neither a cluster nor a home that it names is meant.
        var context = new CommandContext(
                Terminal.plain(System.out, System.err), Map.of(), Path.of(System.getProperty("java.io.tmpdir")));
        Consumer<String> complaints = System.err::println;
        try (var cluster = TemporaryCluster.start(new Topics(Topics.DEFAULT_PREFIX), 1, complaints)) {
            var bootstrapServers = cluster.config().bootstrapServers();
            type(context, "run", "--logs", "--bootstrap-server", bootstrapServers, "--", "true");
            type(context, "tasks", "--all", "--bootstrap-server", bootstrapServers);
        }
    }

    private static void type(CommandContext context, String... arguments) {
        int exitCode = Commands.create(context).execute(arguments);
        if (exitCode != 0) {
            throw new IllegalStateException("millrace " + String.join(" ", arguments) + " ended with " + exitCode);
        }
    }
}
