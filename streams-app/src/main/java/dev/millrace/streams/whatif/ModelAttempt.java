package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An attempt that an agent of a model has. Mutable; owned by the model's agents. */
final class ModelAttempt {
    static final long NOT_YET = Long.MIN_VALUE;
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

    /** Which attempt. */
    record Id(String taskId, int attempt) implements Comparable<Id> {
        private static final Comparator<Id> ORDER =
                Comparator.comparing(Id::taskId).thenComparing(Id::attempt);

        @Override
        public int compareTo(Id other) {
            return ORDER.compare(this, other);
        }
    }

    final Id id;
    final ModelAgent agent;
    final Run run;
    private final Resources resources;
    private final List<Integer> gpuDevices;
    long reportSequence;
    long startedMs = NOT_YET;
    boolean killed;
    boolean ended;

    ModelAttempt(Id id, ModelAgent agent, Run run, Resources resources, List<Integer> gpuDevices) {
        this.id = id;
        this.agent = agent;
        this.run = run;
        this.resources = resources;
        this.gpuDevices = gpuDevices;
    }

    static ModelAttempt of(LaunchTask launch, ModelAgent agent, Run run) {
        return new ModelAttempt(
                new Id(launch.getRequest().getTaskId(), launch.getAttempt()),
                agent,
                run,
                occupied(launch.getRequest().getResources(), launch.getPorts()),
                launch.getGpuDevices());
    }

    /** What an attempt occupies, with the ports that it was given. */
    static Resources occupied(Resources needs, List<Integer> ports) {
        if (ports.isEmpty()) {
            return needs;
        }
        List<PortRange> all = new ArrayList<>(needs.getPorts());
        ports.forEach(port -> all.add(new PortRange(port, port)));
        all.sort(Comparator.comparing(PortRange::getFirst));
        return Resources.newBuilder(needs).setPorts(all).build();
    }

    boolean isStarted() {
        return startedMs != NOT_YET;
    }

    /** As a registration lists it. */
    AgentTask listed() {
        TaskState state =
                killed ? TaskState.TASK_KILLING : isStarted() ? TaskState.TASK_RUNNING : TaskState.TASK_STAGING;
        return new AgentTask(id.taskId(), id.attempt(), state, reportSequence, resources, gpuDevices, startedAt());
    }

    TaskReport running(String pool) {
        return report(pool, TaskState.TASK_RUNNING, Reason.REASON_COMMAND_STARTED, null, null, null);
    }

    TaskReport endedOfItself(String pool, long atMs) {
        return report(pool, run.end(), run.reason(), run.exitCode(), run.signal(), Instant.ofEpochMilli(atMs));
    }

    TaskReport killed(String pool, long atMs) {
        Reason reason = isStarted() ? Reason.REASON_KILL_REQUESTED : Reason.REASON_TASK_KILLED_DURING_LAUNCH;
        return report(pool, TaskState.TASK_KILLED, reason, null, null, Instant.ofEpochMilli(atMs));
    }

    private @Nullable Instant startedAt() {
        return isStarted() ? Instant.ofEpochMilli(startedMs) : null;
    }

    private TaskReport report(
            String pool,
            TaskState state,
            Reason reason,
            @Nullable Integer exitCode,
            @Nullable Integer signal,
            @Nullable Instant endedAt) {
        return new TaskReport(
                pool,
                agent.id,
                id.taskId(),
                id.attempt(),
                ++reportSequence,
                state,
                reason,
                StatusSource.SOURCE_AGENT,
                "",
                exitCode,
                signal,
                startedAt(),
                isStarted() ? endedAt : null,
                null,
                NO_DATA);
    }
}
