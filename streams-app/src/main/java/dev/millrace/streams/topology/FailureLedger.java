package dev.millrace.streams.topology;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which inputs the core has failed on, in a file, so that an input on which it fails again and again can be told from one that
 * was unlucky once, even if the whole process died of it. Thread-safe.
 */
public final class FailureLedger {
    /** After so many failures an input is skipped. */
    public static final int FAILURES_TO_SKIP = 2;

    /** The oldest are forgotten beyond that. */
    static final int MAX_ENTRIES = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(FailureLedger.class);

    private final Path file;
    /** Replaced as a whole, so that the stream threads, which look something up for each input, need no lock. */
    private volatile Map<Place, Integer> failures;

    private record Place(String topicId, int partition, long offset) {}

    /**
     * Opens the ledger; the file need not exist yet.
     *
     * @throws IOException if the file can't be read
     */
    public FailureLedger(Path file) throws IOException {
        this.file = file;
        this.failures = read(file);
    }

    /** True if the core has failed on that input so often that it is to be skipped. */
    public boolean poisoned(String topicId, int partition, long offset) {
        Map<Place, Integer> known = failures;
        return !known.isEmpty() && known.getOrDefault(new Place(topicId, partition, offset), 0) >= FAILURES_TO_SKIP;
    }

    /** Notes a failure, and returns how many there have been on that input. */
    public synchronized int failed(String topicId, int partition, long offset) {
        LinkedHashMap<Place, Integer> updated = new LinkedHashMap<>(failures);
        int times = updated.merge(new Place(topicId, partition, offset), 1, Integer::sum);
        while (updated.size() > MAX_ENTRIES) {
            updated.remove(updated.keySet().iterator().next());
        }
        failures = Collections.unmodifiableMap(updated);
        try {
            write(updated);
        } catch (IOException e) {
            // The failure itself matters more; as long as the process lives, it is remembered without the file.
            LOG.error("cannot write {}", file, e);
        }
        return times;
    }

    private void write(Map<Place, Integer> entries) throws IOException {
        List<String> lines = new ArrayList<>();
        entries.forEach((place, times) ->
                lines.add(place.topicId() + " " + place.partition() + " " + place.offset() + " " + times));
        Path written = file.resolveSibling(file.getFileName() + ".new");
        Files.write(written, lines);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Map<Place, Integer> read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        LinkedHashMap<Place, Integer> entries = new LinkedHashMap<>();
        for (String line : lines) {
            try {
                String[] parts = line.split(" ");
                entries.put(
                        new Place(parts[0], Integer.parseInt(parts[1]), Long.parseLong(parts[2])),
                        Integer.parseInt(parts[3]));
            } catch (RuntimeException e) {
                throw new IOException(
                        file + " has a line that is no entry: '" + line + "'; if in doubt, delete the file", e);
            }
        }
        return Collections.unmodifiableMap(entries);
    }
}
