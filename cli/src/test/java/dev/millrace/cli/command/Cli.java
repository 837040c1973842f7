package dev.millrace.cli.command;

import dev.millrace.cli.output.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command line came to, typed in this process.
 *
 * @param exitCode the exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Cli(int exitCode, String out, String err) {
    /** Types a command line where no cluster runs. */
    static Cli type(String... arguments) {
        return typeAt(Path.of("target", "no-cluster-here"), arguments);
    }

    /** Types a command line where the local cluster of that directory is the one that is meant. */
    static Cli typeAt(Path dataDir, String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var terminal = Terminal.plain(
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        var environment = Map.of("MILLRACE_HOME", dataDir.toString(), "USER", "tester");
        int exitCode = Commands.create(new CommandContext(terminal, environment, dataDir))
                .execute(arguments);
        return new Cli(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
