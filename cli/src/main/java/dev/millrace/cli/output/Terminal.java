package dev.millrace.cli.output;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a command writes.
 *
 * @param out for results
 * @param err for complaints and progress
 * @param outIsTerminal whether a person looks at {@code out}, so that colours make sense there
 * @param errIsTerminal whether a person looks at {@code err}, so that a line may be written over there
 * @param colours whether colours are wanted at all
 */
public record Terminal(
        PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal, boolean colours) {

    /** This process's standard streams. */
    public static Terminal ofProcess(PrintStream out, PrintStream err, Map<String, String> environment) {
        boolean colours = environment.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(environment.get("TERM"));
        return new Terminal(out, err, isTerminal(1), isTerminal(2), colours);
    }

    /** Streams that no person looks at. */
    public static Terminal plain(PrintStream out, PrintStream err) {
        return new Terminal(out, err, false, false, false);
    }

    /** The colours for {@code out}. */
    public Style style() {
        return outIsTerminal && colours ? Style.COLOURED : Style.PLAIN;
    }

    /** {@code out} as a writer, flushed at the end of each line. */
    public PrintWriter outWriter() {
        return new PrintWriter(out, true, StandardCharsets.UTF_8);
    }

    /** {@code err} as a writer, flushed at the end of each line. */
    public PrintWriter errWriter() {
        return new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    /** Java has no isatty; on Linux the file descriptor's link tells. */
    private static boolean isTerminal(int descriptor) {
        try {
            var target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
