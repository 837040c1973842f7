package dev.millrace.client;

import dev.millrace.contract.CommandDone;
import dev.millrace.contract.CommandRefused;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Gives commands to the scheduler and waits for its answers: a command goes to {@code operator-cmds}, and its answer is the one on {@code
 * decisions} that bears its {@code commandId}. One thread at a time uses it.
 */
public final class OperatorClient implements AutoCloseable {
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(200);

    private final ClusterConfig config;
    private final MillraceClient client;

    public OperatorClient(ClusterConfig config) {
        this.config = config;
        this.client = new MillraceClient(config);
    }

    /** What the scheduler said to a command. */
    public sealed interface Answer {
        /** It was carried out. */
        record Done(CommandDone decision) implements Answer {}

        /** It was refused, and changed nothing. */
        record Refused(CommandRefused decision) implements Answer {}

        /** No scheduler answered in time. The command is safe in Kafka, and will be carried out or refused when one runs. */
        record None(Duration waited) implements Answer {}
    }

    /**
     * Gives one command and waits for its answer.
     *
     * @param command makes the record, such as a {@code SetRole}, with the id that it is given
     * @param timeout how long to wait for the answer, once the command is safe
     * @throws InvalidRequestException if the command breaks rules of the contract; nothing was sent
     * @throws ClusterException if it could not be sent, or it is not known whether it was
     * @throws IllegalArgumentException if the record is no operator's command, or does not bear the id
     */
    public Answer send(Function<String, ? extends SpecificRecord> command, Duration timeout) {
        String commandId = UUID.randomUUID().toString();
        SpecificRecord record = command.apply(commandId);
        if (!commandId.equals(
                record.get(record.getSchema().getField("commandId").pos()))) {
            throw new IllegalArgumentException(record.getSchema().getName() + " does not bear the commandId");
        }
        String pool = Pools.of(record).orElseThrow();
        // The reader is there before the command is, so that the answer can't be missed.
        try (RecordReader decisions = new RecordReader(
                config, Topic.DECISIONS, count -> List.of(Topics.partition(pool, count)), Start.end())) {
            send(record);
            return answer(decisions, commandId, timeout);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private void send(SpecificRecord record) {
        try {
            client.command(record).join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ClusterException("the command could not be sent: " + cause.getMessage(), cause);
        }
    }

    private Answer answer(RecordReader decisions, String commandId, Duration timeout) {
        Found found = new Found(commandId);
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        try {
            while (found.answer == null && System.nanoTime() - deadlineNs < 0) {
                decisions.poll(POLL_TIMEOUT, found::look);
            }
        } catch (KafkaException e) {
            throw new ClusterException("the command was sent, but its answer cannot be read: " + e.getMessage(), e);
        }
        return found.answer == null ? new Answer.None(timeout) : found.answer;
    }

    /** Looks for the answer to one command among the decisions. */
    private static final class Found {
        private final String commandId;
        private @Nullable Answer answer;

        Found(String commandId) {
            this.commandId = commandId;
        }

        void look(SpecificRecord decision) {
            if (decision instanceof CommandDone done && done.getCommandId().equals(commandId)) {
                answer = new Answer.Done(done);
            } else if (decision instanceof CommandRefused refused
                    && refused.getCommandId().equals(commandId)) {
                answer = new Answer.Refused(refused);
            }
        }
    }
}
