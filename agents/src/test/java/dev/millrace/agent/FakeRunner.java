package dev.millrace.agent;

import dev.millrace.agent.link.ReportSink;
import dev.millrace.agent.link.TaskRunner;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Runs nothing: remembers what it was told, and reports what the test tells it to. */
final class FakeRunner implements TaskRunner {
    private final String agentId;
    private final ReportSink sink;
    private final List<String> launched = new ArrayList<>();
    private final List<String> killed = new ArrayList<>();
    private final List<AgentTask> attempts = new ArrayList<>();
    private BooleanSupplier lease = () -> false;
    private boolean closed;

    FakeRunner(String agentId, ReportSink sink) {
        this.agentId = agentId;
        this.sink = sink;
    }

    @Override
    public synchronized void launch(LaunchTask launch, BooleanSupplier leaseValid) {
        String taskId = launch.getRequest().getTaskId();
        lease = leaseValid;
        if (!leaseValid.getAsBoolean()) {
            report(taskId, 1, TaskState.TASK_DROPPED, Reason.REASON_LEASE_EXPIRED);
            return;
        }
        launched.add(taskId);
        attempts.add(AgentTask.newBuilder()
                .setTaskId(taskId)
                .setAttempt(launch.getAttempt())
                .setState(TaskState.TASK_RUNNING)
                .setReportSequence(1)
                .setResources(launch.getRequest().getResources())
                .build());
        report(taskId, 1, TaskState.TASK_RUNNING, Reason.REASON_COMMAND_STARTED);
    }

    synchronized CompletionStage<?> finish(String taskId) {
        attempts.removeIf(attempt -> attempt.getTaskId().equals(taskId));
        return report(taskId, 2, TaskState.TASK_FINISHED, Reason.REASON_COMMAND_EXITED);
    }

    private CompletionStage<?> report(String taskId, long sequence, TaskState state, Reason reason) {
        return sink.report(TaskReport.newBuilder()
                .setPool("default")
                .setAgentId(agentId)
                .setTaskId(taskId)
                .setAttempt(1)
                .setReportSequence(sequence)
                .setState(state)
                .setReason(reason)
                .build());
    }

    @Override
    public synchronized void kill(KillTask kill) {
        killed.add(kill.getTaskId());
    }

    @Override
    public synchronized List<AgentTask> attempts() {
        return List.copyOf(attempts);
    }

    @Override
    public synchronized void launchGroup(LaunchTaskGroup group, BooleanSupplier leaseValid) {
        group.getTasks().forEach(launch -> launch(launch, leaseValid));
    }

    @Override
    public void stop(StopExecutor stop) {
        throw new UnsupportedOperationException("a fake has no executors");
    }

    @Override
    public void message(MessageToExecutor message) {
        throw new UnsupportedOperationException("a fake has no executors");
    }

    @Override
    public List<AgentExecutor> executors() {
        return List.of();
    }

    synchronized List<String> launched() {
        return List.copyOf(launched);
    }

    synchronized List<String> killed() {
        return List.copyOf(killed);
    }

    /** Whether the lease that came with the last launch holds now. */
    synchronized boolean holdsLease() {
        return lease.getAsBoolean();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }
}
