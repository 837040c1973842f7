package dev.millrace.agent.link;

import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.schemas.Topic;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.specific.SpecificRecord;

/** One agent's way to publish its reports and logs. Mutable and thread-safe. */
public final class AgentSink implements ExecutorSink {
    private final Publisher publisher;
    private final byte[] poolKey;
    private final AtomicLong reports = new AtomicLong();

    AgentSink(Publisher publisher, String pool) {
        this.publisher = publisher;
        this.poolKey = pool.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public CompletionStage<?> report(TaskReport report) {
        reports.incrementAndGet();
        return publish(Topic.AGENT_EVENTS, poolKey, report);
    }

    @Override
    public CompletionStage<?> log(LogChunk chunk) {
        return publish(Topic.TASK_LOGS, chunk.getTaskId().getBytes(StandardCharsets.UTF_8), chunk);
    }

    @Override
    public CompletionStage<?> ended(ExecutorEnded ended) {
        reports.incrementAndGet();
        return publish(Topic.AGENT_EVENTS, poolKey, ended);
    }

    @Override
    public CompletionStage<?> message(MessageFromExecutor message) {
        return publish(Topic.AGENT_EVENTS, poolKey, message);
    }

    /** How many reports and ends of executors were handed over so far. */
    long reports() {
        return reports.get();
    }

    private CompletionStage<?> publish(Topic topic, byte[] key, SpecificRecord record) {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        publisher.publish(topic, key, record, failure -> {
            if (failure == null) {
                stage.complete(null);
            } else {
                stage.completeExceptionally(failure);
            }
        });
        return stage;
    }
}
