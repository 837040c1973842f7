package dev.millrace.agent.link;

import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.MessageFromExecutor;
import java.util.concurrent.CompletionStage;

/** Where a runner's findings go that has executors, too. What holds for reports holds for the ends of executors. */
public interface ExecutorSink extends ReportSink {

    /** Publishes on agent-events that an executor is over. */
    CompletionStage<?> ended(ExecutorEnded ended);

    /** Publishes an executor's message on agent-events; whether it arrives is nobody's care. */
    CompletionStage<?> message(MessageFromExecutor message);
}
