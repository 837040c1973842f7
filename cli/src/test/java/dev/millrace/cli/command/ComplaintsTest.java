package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.output.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ComplaintsTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal = Terminal.plain(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    private final CommandLine commands = Commands.create(new CommandContext(terminal, Map.of(), Path.of("target")));

    @Test
    void sayOfABugThatItWasNotExpected() {
        int exitCode = complain(new IllegalArgumentException("some internal matter"));

        assertThat(exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(said())
                .isEqualTo("millrace tasks: unexpected java.lang.IllegalArgumentException: some internal matter;"
                        + " --verbose shows where\n");
    }

    @Test
    void sayInOneLineThatMemoryRanOut() {
        int exitCode = complain(new OutOfMemoryError("Java heap space"));

        assertThat(exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(said())
                .isEqualTo(
                        "millrace tasks: out of memory (Java heap space); give it more with MILLRACE_JAVA_OPTS=-Xmx2g\n");
    }

    @Test
    void sayInOneLineThatTheStackWasTooSmall() {
        assertThat(complain(new StackOverflowError())).isEqualTo(ExitCode.FAILED);
        assertThat(said())
                .isEqualTo("millrace tasks: unexpected java.lang.StackOverflowError; --verbose shows where\n");
    }

    private int complain(Throwable thrown) {
        var parsed = commands.parseArgs("tasks");
        return new Complaints(terminal)
                .complain(thrown, parsed.subcommand().commandSpec().commandLine(), parsed);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
