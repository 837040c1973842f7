package dev.millrace.cli.command;

import dev.millrace.schemas.SchemaFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the contract known to programs in other languages. */
@Command(
        name = "schemas",
        description = "The Avro schemas of all records on the topics.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  millrace schemas export ./schemas"})
final class SchemasCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private SchemasCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new SchemasCommand()).addSubcommand(new Export(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    /** Writes the files. */
    @Command(
            name = "export",
            description = {
                "Writes an .avsc file for each record type, and headers.txt: the ten bytes that stand before each record of a"
                        + " type. Needs no cluster."
            },
            footer = {"", "Example:", "  millrace schemas export ./schemas"})
    static final class Export implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(
                paramLabel = "DIR",
                description = "Where to; made if it does not exist. Files of the same names are replaced.")
        private Path directory = Path.of(".");

        Export(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            try {
                var files = SchemaFiles.export(directory);
                context.terminal().out().println(files.size() + " files written to " + directory);
                return ExitCode.OK;
            } catch (IOException e) {
                throw new CommandFailure(
                        "cannot write to " + directory + " (" + FileFailures.why(e) + "); choose another directory", e);
            }
        }
    }
}
