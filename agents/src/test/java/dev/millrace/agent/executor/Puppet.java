package dev.millrace.agent.executor;

import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorTask;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateAcknowledged;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.FrameReader;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;

/**
 * An executor's end of its connection, which says what the test wants it to. It blocks until there is something to read or the thread is
 * interrupted, so tests with it have a time limit.
 */
final class Puppet implements AutoCloseable {
    private final RecordCodec codec = new RecordCodec();
    private final FrameReader reader = new FrameReader();
    private final Map<String, String> environment;
    private final SocketChannel channel;

    Puppet(Map<String, String> environment) {
        this.environment = environment;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(environment.get("MILLRACE_EXECUTOR_SOCKET")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send(SpecificRecord record) {
        sendBytes(FrameReader.frame(codec.encode(record)));
    }

    void sendBytes(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next message, which must be of that type. */
    <T extends SpecificRecord> T receive(Class<T> type) {
        try {
            byte[] bytes = reader.read(channel);
            if (bytes == null) {
                throw new AssertionError("the agent closed the connection");
            }
            return type.cast(((Decoded.Value) codec.decode(bytes)).record());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the agent has closed the connection, without a word; waits until it has, or says something. */
    boolean isClosed() {
        try {
            return reader.read(channel) == null && reader.hasEnded();
        } catch (IOException e) {
            return true;
        }
    }

    RegisterExecutor registration(List<ExecutorTask> tasks, List<ExecutorUpdate> updates) {
        return new RegisterExecutor(
                environment.get("MILLRACE_FRAMEWORK_ID"),
                environment.get("MILLRACE_EXECUTOR_ID"),
                environment.get("MILLRACE_EXECUTOR_TOKEN"),
                tasks,
                updates);
    }

    ExecutorRegistered register(List<ExecutorTask> tasks, List<ExecutorUpdate> updates) {
        send(registration(tasks, updates));
        return receive(ExecutorRegistered.class);
    }

    static ExecutorTask has(String taskId) {
        return new ExecutorTask(taskId, 1);
    }

    static ExecutorUpdate update(String taskId, long sequence, TaskState state) {
        return ExecutorUpdate.newBuilder()
                .setTaskId(taskId)
                .setAttempt(1)
                .setSequence(sequence)
                .setState(state)
                .build();
    }

    /** Sends an update, and waits until it is acknowledged. */
    void say(String taskId, long sequence, TaskState state) {
        send(update(taskId, sequence, state));
        UpdateAcknowledged acknowledged = receive(UpdateAcknowledged.class);
        if (!acknowledged.getTaskId().equals(taskId) || acknowledged.getSequence() != sequence) {
            throw new AssertionError("acknowledged was " + acknowledged);
        }
    }

    void message(String text) {
        send(MessageFromExecutor.newBuilder()
                .setPool("")
                .setFrameworkId("")
                .setAgentId("")
                .setExecutorId("")
                .setData(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
                .build());
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
