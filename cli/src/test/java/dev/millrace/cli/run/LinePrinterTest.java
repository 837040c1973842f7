package dev.millrace.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.output.LiveOutput;
import dev.millrace.cli.output.Terminal;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LinePrinterTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final LinePrinter printer = new LinePrinter(
            new LiveOutput(Terminal.plain(
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8))),
            taskId -> taskId + " | ");

    @Test
    void printsWholeLinesEachWithItsTask() {
        take("a", 0, "one\ntw", false);
        take("b", 0, "other\n", false);
        take("a", 6, "o\nthree\n", true);

        assertThat(printed()).isEqualTo("a | one\nb | other\na | two\na | three\n");
    }

    @Test
    void endsTheLastLineOfAStreamThatDidNot() {
        take("a", 0, "no end", false);
        take("a", 6, "", true);

        assertThat(printed()).isEqualTo("a | no end\n");
    }

    @Test
    void saysWhatIsMissing() {
        take("a", 100, "late\n", true);

        assertThat(printed()).isEqualTo("a | late\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("a | [100 bytes of its output are not kept]\n");
    }

    @Test
    void printsALineWithoutEndInPieces() {
        take("a", 0, "x".repeat(100_000), false);

        assertThat(printed()).isEqualTo("a | " + "x".repeat(65_536) + "\n");
    }

    @Test
    void sendsWhatATaskWroteToItsStandardErrorToThatOfThisProcess() {
        printer.take(chunk("a", LogStream.STDERR, 0, "oops\n", true));

        assertThat(printed()).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("a | oops\n");
    }

    private void take(String task, long position, String text, boolean last) {
        printer.take(chunk(task, LogStream.STDOUT, position, text, last));
    }

    private static LogChunk chunk(String task, LogStream stream, long position, String text, boolean last) {
        var data = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        return new LogChunk("default", task, 1, "agent-1", stream, position, data, last, Statuses.NOON);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
