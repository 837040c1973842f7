package dev.millrace.agent.process;

import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it is handed. It acknowledges at once, or fails, as it is told. */
public final class RecordingSink implements ExecutorSink {
    private static final Set<TaskState> LIVE = Set.of(TaskState.TASK_STARTING, TaskState.TASK_RUNNING);

    public final List<TaskReport> reports = new CopyOnWriteArrayList<>();
    public final List<ExecutorEnded> executorEnds = new CopyOnWriteArrayList<>();
    public final List<MessageFromExecutor> messages = new CopyOnWriteArrayList<>();
    final List<LogChunk> chunks = new CopyOnWriteArrayList<>();
    public volatile boolean broken;
    volatile boolean logsBroken;

    @Override
    public CompletionStage<?> report(TaskReport report) {
        reports.add(report);
        return answer(broken);
    }

    @Override
    public CompletionStage<?> log(LogChunk chunk) {
        chunks.add(chunk);
        return answer(broken || logsBroken);
    }

    @Override
    public CompletionStage<?> ended(ExecutorEnded ended) {
        executorEnds.add(ended);
        return answer(broken);
    }

    @Override
    public CompletionStage<?> message(MessageFromExecutor message) {
        messages.add(message);
        return answer(broken);
    }

    private static CompletionStage<?> answer(boolean failure) {
        return failure
                ? CompletableFuture.failedFuture(new IllegalStateException("the broker is away"))
                : CompletableFuture.completedFuture(null);
    }

    public List<TaskReport> reportsOf(String taskId) {
        return reports.stream()
                .filter(report -> report.getTaskId().equals(taskId))
                .toList();
    }

    public List<TaskState> statesOf(String taskId) {
        return reportsOf(taskId).stream().map(TaskReport::getState).toList();
    }

    List<TaskReport> ends() {
        return reports.stream()
                .filter(report -> !LIVE.contains(report.getState()))
                .toList();
    }

    List<LogChunk> chunksOf(String taskId, LogStream stream) {
        return chunks.stream()
                .filter(chunk -> chunk.getTaskId().equals(taskId) && chunk.getStream() == stream)
                .toList();
    }

    /** What a reader of the log makes of a stream: it goes by the positions. */
    public byte[] output(String taskId, LogStream stream) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        for (LogChunk chunk : chunksOf(taskId, stream)) {
            byte[] data = chunk.getData().array();
            int known = (int) (output.size() - chunk.getPosition());
            if (known < 0) {
                throw new AssertionError("after " + output.size() + " bytes comes position " + chunk.getPosition());
            }
            if (known < data.length) {
                output.write(data, known, data.length - known);
            }
        }
        return output.toByteArray();
    }
}
