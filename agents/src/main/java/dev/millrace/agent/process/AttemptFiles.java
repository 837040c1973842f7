package dev.millrace.agent.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one attempt. The package's description says what they are. */
final class AttemptFiles {
    private static final FileAttribute<?> PASSABLE = permissions("rwx--x--x");
    private static final FileAttribute<?> PRIVATE_DIRECTORY = permissions("rwxr-x---");
    private static final Logger log = LoggerFactory.getLogger(AttemptFiles.class);
    /** For what holds a task's environment or output: nobody else's to read. */
    static final FileAttribute<?> PRIVATE = permissions("rw-------");

    private static final int MAX_MESSAGE_CHARS = 1_000;
    /** With these blanks a file has a block of the disk, in which there is room for some lines more. */
    private static final String ROOM_FOR_MESSAGES = " ".repeat(512);

    private final WorkDirectory work;
    private final AttemptId id;
    private final Path directory;

    AttemptFiles(WorkDirectory work, AttemptId id) {
        this.work = work;
        this.id = id;
        this.directory = work.attempts().resolve(id.fileName());
    }

    /**
     * Makes the attempt's directory with what a shim needs.
     *
     * @throws FileAlreadyExistsException if there is one: the attempt is or was known
     */
    void create() throws IOException {
        Files.createDirectory(directory, PASSABLE);
        Files.createDirectory(sandbox(), PRIVATE_DIRECTORY);
        Files.createFile(stdout(), PRIVATE);
        Files.createFile(stderr(), PRIVATE);
    }

    Path directory() {
        return directory;
    }

    Path sandbox() {
        return directory.resolve("sandbox");
    }

    Path stdout() {
        return directory.resolve("stdout");
    }

    Path stderr() {
        return directory.resolve("stderr");
    }

    /** What the shim and its shell have to say. */
    Path messages() {
        return directory.resolve("messages");
    }

    Path script() {
        return directory.resolve("run");
    }

    Path intent() {
        return work.open().resolve(id.fileName());
    }

    private Path claim() {
        return directory.resolve("claim");
    }

    private Path end() {
        return work.ends().resolve(id.fileName());
    }

    private Path killOrder() {
        return directory.resolve("kill");
    }

    private Path roomForKillOrder() {
        return directory.resolve("kill.room");
    }

    /**
     * Writes what a shim needs: its script, which holds the task's environment and so is nobody else's to read, and room for the exit status,
     * for what the shell says of the signal that ended the task, and for an order to kill, so that a disk that is full by then does not cost
     * them.
     */
    void prepare(String script) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(
                script(), Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(script);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        Files.writeString(end(), Exit.ROOM);
        Files.writeString(messages(), ROOM_FOR_MESSAGES);
        Files.writeString(roomForKillOrder(), KillOrder.ROOM);
    }

    /** What the shim or its shell said, shortened; empty if nothing. */
    String readMessages() {
        return read(messages())
                .map(String::strip)
                .map(text -> text.substring(0, Math.min(text.length(), MAX_MESSAGE_CHARS)))
                .orElse("");
    }

    /** Was the claim taken, by whomever? */
    boolean isClaimed() {
        return Files.exists(claim());
    }

    /** How the attempt ended if it was an agent that took the claim. */
    Optional<AttemptEnd> agentsClaim() {
        return read(claim()).flatMap(AttemptEnd::ofClaim);
    }

    /**
     * Takes the claim, so that the attempt never starts. The claim appears together with its content, whatever happens meanwhile.
     *
     * @return false if it was taken before
     * @throws NoSuchFileException if the attempt has no directory
     */
    boolean takeClaim(AttemptEnd end) throws IOException {
        Path content = directory.resolve("claim.agent");
        Files.writeString(content, end.toClaim());
        try {
            Files.createLink(claim(), content);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } finally {
            discard(content);
        }
    }

    /** A file that stays is in nobody's way, and its staying must not hide what was done before. */
    private static void discard(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            log.debug("{} stays: {}", file, e.toString());
        }
    }

    /** The attempt's processes; there if a shim took the claim, since it wrote this first. */
    Optional<Started> readStarted() {
        return read(directory.resolve("started")).flatMap(Started::ofText);
    }

    /** When the shim took the claim. */
    Optional<Instant> startedAt() {
        return modifiedAt(claim());
    }

    /** How the process ended, if the shim has noted it. */
    Optional<Exit> readExit() {
        Optional<String> text = read(end());
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Exit.ofText(
                text.get(), !readMessages().isEmpty(), modifiedAt(end()).orElseGet(Instant::now));
    }

    /** Writes an order, a later one instead of an earlier one; on a full disk into the room that was set aside, with as much of its message as that has room for. */
    void writeKillOrder(KillOrder order) throws IOException {
        try {
            replace(killOrder(), order.toText());
        } catch (IOException e) {
            try {
                writeIntoRoom(order);
            } catch (IOException alsoThis) {
                e.addSuppressed(alsoThis);
                throw e;
            }
        }
    }

    private void writeIntoRoom(KillOrder order) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(roomForKillOrder(), StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(order.toText());
            bytes.limit(Math.min(bytes.limit(), KillOrder.ROOM.length()));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        Files.move(roomForKillOrder(), killOrder(), StandardCopyOption.ATOMIC_MOVE);
    }

    Optional<KillOrder> readKillOrder() {
        return read(killOrder()).flatMap(KillOrder::ofText);
    }

    void writeAcknowledged(long reportSequence) throws IOException {
        replace(directory.resolve("acknowledged"), reportSequence + "\n");
    }

    /** The highest report sequence that was noted as acknowledged. */
    long readAcknowledged() {
        return read(directory.resolve("acknowledged"))
                .flatMap(text -> numbers(text, 1))
                .map(numbers -> numbers[0])
                .orElse(0L);
    }

    void writePublished(long stdoutPosition, long stderrPosition) throws IOException {
        replace(directory.resolve("published"), stdoutPosition + " " + stderrPosition + "\n");
    }

    /** Up to where stdout and stderr were noted as published. */
    long[] readPublished() {
        return read(directory.resolve("published"))
                .flatMap(text -> numbers(text, 2))
                .orElseGet(() -> new long[2]);
    }

    /** Ends the attempt's being known: nothing of it is outstanding. Its directory stays, with its exit code among the rest. */
    void close() throws IOException {
        Files.deleteIfExists(intent());
        if (Files.exists(end()) && readExit().isPresent()) {
            Files.move(end(), directory.resolve("exit"), StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.deleteIfExists(end());
        }
    }

    private void replace(Path file, String text) throws IOException {
        Path fresh = directory.resolve(file.getFileName() + ".new");
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file + ": " + e, e);
        }
    }

    private static Optional<Instant> modifiedAt(Path file) {
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("cannot look at " + file + ": " + e, e);
        }
    }

    private static Optional<long[]> numbers(String text, int count) {
        String[] words = text.strip().split(" ");
        if (words.length != count) {
            return Optional.empty();
        }
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++) {
            try {
                numbers[i] = Long.parseLong(words[i]);
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
        return Optional.of(numbers);
    }

    private static FileAttribute<?> permissions(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
