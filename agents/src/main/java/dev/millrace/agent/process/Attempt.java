package dev.millrace.agent.process;

import dev.millrace.agent.link.Occupied;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that this agent has. Mutable; owned by the supervisor's thread, but for what is said to be seen by others.
 *
 * <pre>
 *   STARTING  the claim was not taken                 → RUNNING  by the shim
 *                                                     → ENDED    by the agent: it never starts
 *   RUNNING   its process runs, or ran when last seen → ENDED
 *   ENDED     its end was reported; kept until that and its output are acknowledged
 * </pre>
 */
final class Attempt {
    enum Phase {
        STARTING,
        RUNNING,
        ENDED
    }

    static final long NEVER = -1;

    final AttemptId id;
    final LaunchTask launch;
    final AttemptFiles files;

    Phase phase = Phase.STARTING;
    /** The shim, if it is a child of this JVM. */
    @Nullable
    Process shim;
    /** When the shim was forked, in ns of the JVM's clock. */
    long forkedNs;

    /** Its processes, if they are of this boot. */
    @Nullable
    Started started;

    /** When its session was last seen to be its own by this agent process, in ticks since the boot; {@link #NEVER} = not yet. */
    long ownedTicks = NEVER;
    /** When its shim noted the exit, in ticks since the boot; {@link #NEVER} = it did not, or could not tell. */
    long exitTicks = NEVER;

    @Nullable
    Instant startedAt;

    /** Cancels the timer of its time limit. */
    Runnable disarm = () -> {};

    @Nullable
    KillOrder kill;
    /** Was SIGTERM sent by this agent process? */
    boolean terminated;

    /** Since when its shim has not taken note that the task is dead, in ms since the boot; {@link #NEVER} = it has no reason to. */
    long shimSilentMs = NEVER;
    /** How many sweeps have found it so. */
    int shimSilentSweeps;

    long peakMemoryBytes;
    long reportSequence;
    /** The report of its end. */
    @Nullable
    TaskReport end;

    boolean endAcknowledged;
    boolean outputPublished = true;

    /**
     * Are its files made? Set by the starter, which has the attempt until then. Whoever cancels looks at this afterwards, and the starter at
     * {@link #cancelled} after it has set this; so one of them sees to the end, and not before the last file is made.
     */
    volatile boolean prepared;
    /** May there be a shim, and be it one that was killed but whose child lives? Set by the starter with {@link #prepared}. */
    volatile boolean shimPossible;
    /** Is the claim, which could not be taken, to be tried again? */
    boolean claimRetried;

    /** How it is to end if its shim has not the claim. */
    volatile @Nullable AttemptEnd cancelled;
    /** As it is listed in registrations; null = not at all. Written under the reporter's lock. */
    volatile @Nullable AgentTask listing;

    Attempt(AttemptId id, LaunchTask launch, AttemptFiles files) {
        this.id = id;
        this.launch = launch;
        this.files = files;
        this.listing = listingAs(TaskState.TASK_STAGING);
    }

    /** Is there, or was there, a process that may have the claim? */
    boolean isForked() {
        return shim != null || phase == Phase.RUNNING;
    }

    /** How it would be listed in that state. */
    AgentTask listingAs(TaskState state) {
        return AgentTask.newBuilder()
                .setTaskId(id.taskId())
                .setAttempt(id.attempt())
                .setState(state)
                .setReportSequence(reportSequence)
                .setResources(Occupied.resources(launch))
                .setGpuDevices(launch.getGpuDevices())
                .setStartedAt(startedAt)
                .build();
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
