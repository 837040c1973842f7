package dev.millrace.streams;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/** The name by which the consumer group knows an instance again. It is kept in the state directory, next to what it stands for. */
final class InstanceId {
    private static final String FILE = "instance-id";

    private InstanceId() {}

    /**
     * The id that is kept in the directory; if none is yet, the given one or else a new one, which is kept from now on.
     *
     * @throws SchedulerException if another id is given than the one that is kept
     */
    static String in(Path stateDir, Optional<String> given) throws IOException {
        Path file = stateDir.resolve(FILE);
        Optional<String> kept = read(file);
        if (kept.isPresent()) {
            if (given.isPresent() && !given.equals(kept)) {
                throw new SchedulerException("the state directory " + stateDir + " belongs to the instance '"
                        + kept.get() + "', not to '" + given.get() + "'; give each instance a directory of its own");
            }
            return kept.get();
        }
        String id = given.orElseGet(() -> "scheduler-" + UUID.randomUUID());
        Files.writeString(file, id + "\n");
        return id;
    }

    private static Optional<String> read(Path file) throws IOException {
        try {
            return Optional.of(Files.readString(file).strip()).filter(id -> !id.isEmpty());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
