package dev.millrace.cli;

import dev.millrace.cli.command.CommandContext;
import dev.millrace.cli.command.Commands;
import dev.millrace.cli.output.Terminal;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** The entry of the command {@code millrace}. */
public final class MillraceMain {
    private static final int OUT_BUFFER_BYTES = 64 << 10;

    private MillraceMain() {}

    public static void main(String[] args) {
        // What is printed is the same everywhere, and programs read it.
        Locale.setDefault(Locale.ROOT);
        var environment = System.getenv();
        var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BUFFER_BYTES);
        var err = new FileOutputStream(FileDescriptor.err);
        var terminal = Terminal.ofProcess(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment);
        var context = new CommandContext(terminal, environment, Path.of(System.getProperty("user.home")));
        int exitCode = Commands.create(context).execute(args);
        terminal.out().flush();
        terminal.err().flush();
        System.exit(exitCode);
    }
}
