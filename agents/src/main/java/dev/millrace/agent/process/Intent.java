package dev.millrace.agent.process;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That an attempt is about to be started. It is on the disk before there is a process, so a restarted agent knows of every process that there
 * may be.
 *
 * @param bootId the boot in which it was to be started
 * @param launch what was to be started
 */
record Intent(String bootId, LaunchTask launch) {
    private static final Logger log = LoggerFactory.getLogger(Intent.class);

    /** Writes the intent, and returns when it is on the disk, its name included. */
    void write(Path file) throws IOException {
        byte[] boot = (bootId + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] record = new RecordCodec().encode(launch);
        ByteBuffer bytes = ByteBuffer.allocate(boot.length + record.length)
                .put(boot)
                .put(record)
                .flip();
        try (FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), AttemptFiles.PRIVATE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        try (FileChannel directory = FileChannel.open(file.getParent())) {
            directory.force(true);
        }
    }

    /**
     * Reads an intent. One that is not whole stands for an attempt that was never forked, unless the disk is faulty; then too somebody has to look
     * after it. So what is missing is made up: the file's name says enough.
     *
     * @param pool the agent's pool
     * @param bootId the current boot, in case the intent does not say in which it was written
     */
    static Intent read(Path file, AttemptId id, String pool, String bootId) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        byte[] record = Arrays.copyOfRange(bytes, Math.min(end + 1, bytes.length), bytes.length);
        Decoded decoded = new RecordCodec(new EarlierLaunches()).decode(record);
        if (decoded instanceof Decoded.Value value
                && value.record() instanceof LaunchTask launch
                && AttemptId.of(launch).equals(id)) {
            return new Intent(new String(bytes, 0, end, StandardCharsets.US_ASCII), launch);
        }
        log.warn("the intent {} is not whole: {}", file, decoded);
        TaskRequest request = TaskRequest.newBuilder()
                .setPool(pool)
                .setTaskId(id.taskId())
                .setResources(Resources.newBuilder().build())
                .build();
        return new Intent(
                bootId,
                LaunchTask.newBuilder()
                        .setAgentId("")
                        .setIncarnation(0)
                        .setAttempt(id.attempt())
                        .setPlacedAt(Instant.EPOCH)
                        .setRequest(request)
                        .build());
    }
}
