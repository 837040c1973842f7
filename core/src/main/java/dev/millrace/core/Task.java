package dev.millrace.core;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.state.SavedHold;
import dev.millrace.state.SavedTask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A task: its request and where it stands. Mutable; owned by the stream thread. */
final class Task {
    static final long NOT_STARTED = -1;

    final String id;
    final String submissionId;
    final String role;
    final long submission;
    /** The request; null once the task is over. */
    @Nullable
    TaskRequest request;
    /** Who it waits with; null once the task is over. */
    @Nullable
    RequestClass requestClass;

    /** The gang that it is a member of. */
    @Nullable
    Gang gang;

    /** The framework that launched it; empty = it was requested. */
    String frameworkId = "";
    /** The executor that runs it; empty = none. */
    String executorId = "";

    int priority;
    TaskState state = TaskState.TASK_QUEUED;
    int attempt = 1;
    int attemptsRun;
    int quickEnds;
    int drops;
    long sequence;

    @Nullable
    String agentId;

    long reportSequence;
    /** When the current attempt was first known to run, in elapsed time; {@value #NOT_STARTED} = it was not reported as started. */
    long runningSinceMs = NOT_STARTED;

    boolean killRequested;

    @Nullable
    Long killGraceMs;

    boolean ended;
    long acceptedWallMs;
    boolean waiting;
    long queuedMs;
    long delayUntilMs;
    long sinceMs;
    long startedWallMs;
    long endedWallMs;
    Reason reason = Reason.REASON_NONE;
    String message = "";

    @Nullable
    Integer exitCode;

    @Nullable
    Integer signal;

    /** When the current attempt was placed, in elapsed time. */
    long placedMs;
    /** The ports that the current attempt was given beside those it named itself. */
    List<Integer> ports = List.of();
    /** The GPU devices that the current attempt was given. */
    List<Integer> gpuDevices = List.of();
    /** True = the current attempt gives way to another task or ends with its gang. */
    boolean givesWay;
    /** True = others gave way to the current attempt and it found no room all the same. */
    boolean preemptedInVain;
    /** What is held for it while it waits. */
    @Nullable
    SavedHold hold;

    /** Who it gives way to, as far as this is known since the last restart; for plans only. */
    @Nullable
    String preemptor;

    /** Which timer is set for it, and for when; not stored, since it follows from the state. */
    TaskTimers.@Nullable Kind timer;

    long timerMs;
    /** True = it is in the list of what the step changed. */
    boolean touched;

    Task(String id, String submissionId, String role, long submission) {
        this.id = id;
        this.submissionId = submissionId;
        this.role = role;
        this.submission = submission;
    }

    /** The request of a task that is not over. */
    TaskRequest request() {
        if (request == null) {
            throw new IllegalStateException("task " + id + " is over and has no request");
        }
        return request;
    }

    /** The class of a task that is not over. */
    RequestClass requestClass() {
        if (requestClass == null) {
            throw new IllegalStateException("task " + id + " is over and has no class");
        }
        return requestClass;
    }

    /** Where its role's tasks are queued and counted. */
    Role leaf() {
        return requestClass().leaf;
    }

    /** The class that it waits in: its gang's, if it is in one. */
    RequestClass unit() {
        return gang == null ? requestClass() : gang.unit;
    }

    /** Whether the current attempt was ever known to run. */
    boolean started() {
        return runningSinceMs != NOT_STARTED;
    }

    SavedTask save(String pool) {
        return new SavedTask(
                pool,
                id,
                submissionId,
                role,
                submission,
                state,
                attempt,
                attemptsRun,
                quickEnds,
                drops,
                sequence,
                agentId,
                reportSequence,
                runningSinceMs,
                killRequested,
                killGraceMs,
                ended,
                acceptedWallMs,
                waiting,
                queuedMs,
                delayUntilMs,
                sinceMs,
                startedWallMs,
                endedWallMs,
                reason,
                message,
                exitCode,
                signal,
                placedMs,
                ports,
                gpuDevices,
                givesWay,
                preemptedInVain,
                hold,
                frameworkId,
                executorId);
    }

    static Task restore(SavedTask saved) {
        Task task = new Task(saved.getTaskId(), saved.getSubmissionId(), saved.getRole(), saved.getSubmission());
        task.state = saved.getState();
        task.attempt = saved.getAttempt();
        task.attemptsRun = saved.getAttemptsRun();
        task.quickEnds = saved.getQuickEnds();
        task.drops = saved.getDrops();
        task.sequence = saved.getSequence();
        task.agentId = saved.getAgentId();
        task.reportSequence = saved.getReportSequence();
        task.runningSinceMs = saved.getRunningSinceMs();
        task.killRequested = saved.getKillRequested();
        task.killGraceMs = saved.getKillGraceMs();
        task.ended = saved.getEnded();
        task.acceptedWallMs = saved.getAcceptedWallMs();
        task.waiting = saved.getWaiting();
        task.queuedMs = saved.getQueuedMs();
        task.delayUntilMs = saved.getDelayUntilMs();
        task.sinceMs = saved.getSinceMs();
        task.startedWallMs = saved.getStartedWallMs();
        task.endedWallMs = saved.getEndedWallMs();
        task.reason = saved.getReason();
        task.message = saved.getMessage();
        task.exitCode = saved.getExitCode();
        task.signal = saved.getSignal();
        task.placedMs = saved.getPlacedMs();
        task.ports = saved.getPorts();
        task.gpuDevices = saved.getGpuDevices();
        task.givesWay = saved.getGivesWay();
        task.preemptedInVain = saved.getPreemptedInVain();
        task.hold = saved.getHold();
        task.frameworkId = saved.getFrameworkId();
        task.executorId = saved.getExecutorId();
        return task;
    }
}
