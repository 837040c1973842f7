package dev.millrace.agent.link;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.TaskReport;
import java.util.concurrent.CompletionStage;

/**
 * Where a runner's findings go. Calls return at once, and what is handed over in order is published in order. A stage that completes normally
 * means that the record is safe in Kafka, so the runner may forget it; one that fails means that the runner is to hand the same record over again.
 */
public interface ReportSink {

    /** Publishes a report on agent-events. */
    CompletionStage<?> report(TaskReport report);

    /** Publishes a piece of a task's output on task-logs. */
    CompletionStage<?> log(LogChunk chunk);
}
