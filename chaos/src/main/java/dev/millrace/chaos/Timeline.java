package dev.millrace.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** A file that says what was done when, to be laid beside the daemons' logs. Any thread may use it. */
final class Timeline {
    /** As in the logs, which are in the machine's time. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS");

    private final Path file;

    Timeline(Path directory) {
        file = directory.resolve("timeline");
    }

    synchronized void note(String what) {
        try {
            Files.writeString(
                    file,
                    LocalDateTime.now(ZoneOffset.systemDefault()).format(FORMAT) + " " + what + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
