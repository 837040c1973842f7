package dev.millrace.chaos.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Shifts the wall clock of processes while they run, by libfaketime. Their monotonic clocks stay as they are: a machine whose time is set sees
 * the same. Any thread may use it.
 */
final class FakeClock {
    /** Where Debian, Ubuntu and Fedora have the library. */
    private static final Stream<String> PLACES = Stream.of(
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
            "/usr/lib64/faketime/libfaketime.so.1");

    private static final Optional<Path> LIBRARY =
            PLACES.map(Path::of).filter(Files::exists).findFirst();

    private final Path file;

    /** @param file where the clock's difference stands */
    FakeClock(Path file) throws IOException {
        this.file = file;
        set(Duration.ZERO);
    }

    static boolean isAvailable() {
        return LIBRARY.isPresent();
    }

    /** With which processes go by this clock; empty if there is no library. */
    Map<String, String> environment() {
        return LIBRARY.map(library -> Map.of(
                        "LD_PRELOAD", library.toString(),
                        "FAKETIME_TIMESTAMP_FILE", file.toString(),
                        "FAKETIME_CACHE_DURATION", "1",
                        "NO_FAKE_STAT", "1",
                        // With a faked monotonic clock, or the library's own way to wait by it, Java does not wait as
                        // long
                        // as it means to.
                        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                        "FAKETIME_FORCE_MONOTONIC_FIX", "0"))
                .orElse(Map.of());
    }

    /** Sets the clock off the machine's by that much; the processes see it within a second. */
    void set(Duration offset) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, String.format("%+d%n", offset.toSeconds()));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
