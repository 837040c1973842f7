package dev.millrace.agent.executor;

import dev.millrace.agent.link.Occupied;
import dev.millrace.agent.process.AttemptId;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.ExecutorRules;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that an executor has, or is to have. Mutable; owned by the executors' event loop, but for the listing.
 *
 * <pre>
 *   waiting      it is written down that it is handed over           → handed over
 *                killed, dropped, or the executor came to nothing    → ended
 *   handed over  the executor says so, or has it no more, or is over → ended
 *   ended        all its reports are acknowledged                    → (forgotten)
 * </pre>
 */
final class HeldTask {
    /** What a report takes beside its data and message. */
    private static final int REPORT_BYTES = 500;

    final AttemptId id;
    final LaunchTask launch;
    /** Its reports that Kafka has not acknowledged, in order. */
    final Deque<TaskReport> unacknowledged = new ArrayDeque<>();
    /** About how much memory those take. */
    long unacknowledgedBytes;

    /** The process that has it, or is to have it. */
    @Nullable
    ExecutorRun run;

    @Nullable
    Handover handover;
    /** Is it written down that it is handed over? From then on it never is again. */
    boolean handedOver;

    boolean ended;
    /** Its last report. */
    @Nullable
    TaskReport last;
    /** The sequence of its last report, which is that of the executor's last update, and one more at an end that the agent reports itself. */
    long sequence;

    TaskState state = TaskState.TASK_STAGING;

    @Nullable
    Instant startedAt;
    /** The last order to kill it. */
    @Nullable
    KillTask kill;

    /** Is it waited for a moment at which all that is unacknowledged is handed over again? Nothing is before. */
    boolean waitsForRetry;

    /** As it is listed in registrations; null = not at all. Written under the ledger's lock. */
    volatile @Nullable AgentTask listing;

    HeldTask(AttemptId id, LaunchTask launch) {
        this.id = id;
        this.launch = launch;
        list();
    }

    /** Lists it as it is now. */
    void list() {
        listing = ended
                ? null
                : AgentTask.newBuilder()
                        .setTaskId(id.taskId())
                        .setAttempt(id.attempt())
                        .setState(kill == null ? state : TaskState.TASK_KILLING)
                        .setReportSequence(sequence)
                        .setResources(Occupied.resources(launch))
                        .setGpuDevices(launch.getGpuDevices())
                        .setStartedAt(startedAt)
                        .build();
    }

    /** Takes over what a report says of it; it is listed so when the report is handed over. */
    void apply(TaskReport report) {
        sequence = report.getReportSequence();
        state = report.getState();
        startedAt = report.getStartedAt();
        ended = ExecutorRules.isEnd(state);
        last = report;
        unacknowledged.add(report);
        unacknowledgedBytes += bytes(report);
    }

    /** A report is safe; false = that was known. */
    boolean isNewsThatSafe(TaskReport report) {
        if (!unacknowledged.remove(report)) {
            return false;
        }
        unacknowledgedBytes -= bytes(report);
        return true;
    }

    private static long bytes(TaskReport report) {
        return REPORT_BYTES
                + report.getData().remaining()
                + (long) Character.BYTES * report.getMessage().length();
    }

    /**
     * Did all of its launch leave this process, so that its executor may have it? Of what an earlier agent handed over nobody knows, and of what
     * something was said it did.
     */
    boolean mayHaveArrived() {
        Handover how = handover;
        return how == null || sequence > 0 || how.mayHaveArrived();
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
