package dev.millrace.client.executor;

import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UpdateAcknowledged;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.FrameReader;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** An agent's end of the connection, which says what the test wants it to. Its methods block until the executor has done its part. */
final class ScriptedAgent implements AutoCloseable {
    private final RecordCodec codec = new RecordCodec();
    private final Path socket;
    private ServerSocketChannel door;
    private SocketChannel channel;
    private FrameReader reader;

    ScriptedAgent(Path socket) throws IOException {
        this.socket = socket;
        listen();
    }

    private void listen() throws IOException {
        Files.deleteIfExists(socket);
        door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        door.bind(UnixDomainSocketAddress.of(socket));
    }

    ExecutorEnvironment environment() {
        return new ExecutorEnvironment("f", "e", "secret", socket);
    }

    /** Breaks the connection, and is not there. */
    void goAway() throws IOException {
        door.close();
        channel.close();
    }

    void comeBack() throws IOException {
        listen();
    }

    /** Waits for the executor to connect and to say who it is. */
    RegisterExecutor accept() throws IOException {
        channel = door.accept();
        reader = new FrameReader();
        return receive(RegisterExecutor.class);
    }

    void register(long recoveryTimeoutMs) throws IOException {
        ExecutorSpec spec = ExecutorSpec.newBuilder()
                .setExecutorId("e")
                .setShell("true")
                .setRecoveryTimeoutMs(recoveryTimeoutMs)
                .setShutdownGracePeriodMs(60_000)
                .build();
        send(ExecutorRegistered.newBuilder()
                .setPool("default")
                .setAgentId("a")
                .setHostname("h")
                .setFrameworkId("f")
                .setExecutor(spec)
                .build());
    }

    /** Waits for the executor, and takes it. */
    RegisterExecutor acceptAndRegister() throws IOException {
        RegisterExecutor registration = accept();
        register(60_000);
        return registration;
    }

    void send(SpecificRecord record) throws IOException {
        sendBytes(FrameReader.frame(codec.encode(record)));
    }

    void sendBytes(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    <T extends SpecificRecord> T receive(Class<T> type) throws IOException {
        byte[] bytes = reader.read(channel);
        if (bytes == null) {
            throw new AssertionError("the executor closed the connection");
        }
        return type.cast(((Decoded.Value) codec.decode(bytes)).record());
    }

    boolean isClosed() throws IOException {
        return reader.read(channel) == null && reader.hasEnded();
    }

    void acknowledge(ExecutorUpdate update) throws IOException {
        send(new UpdateAcknowledged(update.getTaskId(), update.getAttempt(), update.getSequence()));
    }

    static LaunchTask launch(String taskId) {
        TaskRequest request = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setResources(Resources.newBuilder().setCpuMillis(1).build())
                .build();
        return new LaunchTask("a", 1L, 1, List.of(), List.of(), Instant.EPOCH, request, "f");
    }

    static KillTask kill(String taskId) {
        return KillTask.newBuilder()
                .setPool("default")
                .setAgentId("a")
                .setIncarnation(1)
                .setTaskId(taskId)
                .setAttempt(1)
                .build();
    }

    @Override
    public void close() throws IOException {
        door.close();
        if (channel != null) {
            channel.close();
        }
    }
}
