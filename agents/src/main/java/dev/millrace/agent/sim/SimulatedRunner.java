package dev.millrace.agent.sim;

import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.agent.link.Occupied;
import dev.millrace.agent.link.TaskRunner;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs nothing, and says that it did: an attempt is RUNNING at once and ends when its time is over or it is killed, whichever is first. One with
 * an executor is no other, but that executor is there from then on, until it is stopped. The runner has
 * no thread and no timer; {@link #tick} ends what is due.
 *
 * <p>Mutable; owned by the link's thread, unlike other runners.
 */
final class SimulatedRunner implements TaskRunner {
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

    /** A label by which a task says how long it runs, in ms. */
    static final String RUN_MS_LABEL = "sim.runMs";

    private static final long IDLE_NS = TimeUnit.HOURS.toNanos(1);
    private static final long LONGEST_RUN_MS = TimeUnit.DAYS.toMillis(365);

    /** What can be reported of an attempt. */
    private enum Finding {
        DROPPED(TaskState.TASK_DROPPED, Reason.REASON_LEASE_EXPIRED, null),
        RUNNING(TaskState.TASK_RUNNING, Reason.REASON_COMMAND_STARTED, null),
        FINISHED(TaskState.TASK_FINISHED, Reason.REASON_COMMAND_EXITED, 0),
        FAILED(TaskState.TASK_FAILED, Reason.REASON_COMMAND_EXITED, 1),
        KILLED(TaskState.TASK_KILLED, Reason.REASON_KILL_REQUESTED, null);

        private final TaskState state;
        private final Reason reason;
        private final @Nullable Integer exitCode;

        Finding(TaskState state, Reason reason, @Nullable Integer exitCode) {
            this.state = state;
            this.reason = reason;
            this.exitCode = exitCode;
        }
    }

    private record AttemptId(String taskId, int attempt) {}

    private record Running(AttemptId id, LaunchTask launch, Instant startedAt, long endNs, boolean fails) {}

    private final String pool;
    private final String agentId;
    private final SimulatedTasks tasks;
    private final RandomGenerator random;
    private final ExecutorSink sink;
    private final SimulatedExecutors executors = new SimulatedExecutors();
    private final Map<AttemptId, Running> running = new HashMap<>();
    private final PriorityQueue<Running> ends = new PriorityQueue<>((a, b) -> Long.signum(a.endNs - b.endNs));
    /** Hands over again what Kafka refused; added to by the producer's thread. */
    private final Queue<Runnable> refused = new ConcurrentLinkedQueue<>();

    SimulatedRunner(String pool, String agentId, SimulatedTasks tasks, RandomGenerator random, ExecutorSink sink) {
        this.pool = pool;
        this.agentId = agentId;
        this.tasks = tasks;
        this.random = random;
        this.sink = sink;
    }

    @Override
    public void launch(LaunchTask launch, BooleanSupplier leaseValid) {
        TaskRequest request = launch.getRequest();
        AttemptId id = new AttemptId(request.getTaskId(), launch.getAttempt());
        if (running.containsKey(id)) {
            return;
        }
        if (!leaseValid.getAsBoolean()) {
            tasks.countDropped();
            report(id, 1, Finding.DROPPED, null, null);
            return;
        }
        executors.begin(launch);
        long nowNs = System.nanoTime();
        long runNs = TimeUnit.MILLISECONDS.toNanos(Math.min(runMs(request), LONGEST_RUN_MS));
        Instant startedAt = Instant.now();
        Running attempt = new Running(id, launch, startedAt, nowNs + runNs, random.nextDouble() < tasks.failureRate());
        running.put(id, attempt);
        ends.add(attempt);
        tasks.countLaunched();
        report(id, 1, Finding.RUNNING, startedAt, null);
    }

    @Override
    public void launchGroup(LaunchTaskGroup group, BooleanSupplier leaseValid) {
        // Asked once: all of a group are started or none.
        boolean valid = leaseValid.getAsBoolean();
        group.getTasks().forEach(launch -> launch(launch, () -> valid));
    }

    @Override
    public void kill(KillTask kill) {
        kill(new AttemptId(kill.getTaskId(), kill.getAttempt()));
    }

    private void kill(AttemptId id) {
        Running attempt = running.remove(id);
        if (attempt != null) {
            ends.remove(attempt);
            tasks.countKilled();
            report(attempt.id, 2, Finding.KILLED, attempt.startedAt, Instant.now());
            endLogs(attempt.id);
        }
    }

    @Override
    public void stop(StopExecutor stop) {
        SimulatedExecutors.Key executor = new SimulatedExecutors.Key(stop.getFrameworkId(), stop.getExecutorId());
        executors.end(executor);
        for (Running attempt : List.copyOf(running.values())) {
            if (SimulatedExecutors.Key.of(attempt.launch)
                    .filter(executor::equals)
                    .isPresent()) {
                kill(attempt.id);
            }
        }
        handEnd(executor);
    }

    @Override
    public void message(MessageToExecutor message) {
        // Messages may be lost, and there is nobody to read this one.
    }

    @Override
    public List<AgentExecutor> executors() {
        return executors.list();
    }

    /** Ends what is due, and says in how many ns the next is. */
    long tick(long nowNs) {
        // What is refused at once again waits for the next tick.
        for (int left = refused.size(); left > 0; left--) {
            Optional.ofNullable(refused.poll()).ifPresent(Runnable::run);
        }
        for (Running next = ends.peek(); next != null; next = ends.peek()) {
            if (next.endNs - nowNs > 0) {
                return next.endNs - nowNs;
            }
            ends.remove();
            running.remove(next.id);
            end(next);
        }
        return IDLE_NS;
    }

    @Override
    public List<AgentTask> attempts() {
        List<AgentTask> attempts = new ArrayList<>(running.size());
        for (Running attempt : running.values()) {
            attempts.add(new AgentTask(
                    attempt.id.taskId(),
                    attempt.id.attempt(),
                    TaskState.TASK_RUNNING,
                    1L,
                    Occupied.resources(attempt.launch),
                    attempt.launch.getGpuDevices(),
                    attempt.startedAt));
        }
        return attempts;
    }

    @Override
    public void close() {
        // The simulated machine goes away with its tasks; there is nothing to stop watching.
    }

    private void end(Running attempt) {
        tasks.countEnded(attempt.fails);
        Finding finding = attempt.fails ? Finding.FAILED : Finding.FINISHED;
        report(attempt.id, 2, finding, attempt.startedAt, Instant.now());
        endLogs(attempt.id);
    }

    /** Says that the attempt has written nothing: whoever reads its logs waits for that. */
    private void endLogs(AttemptId id) {
        if (!tasks.emptyLogs()) {
            return;
        }
        for (LogStream stream : List.of(LogStream.STDOUT, LogStream.STDERR)) {
            hand(new LogChunk(
                    pool, id.taskId(), id.attempt(), agentId, stream, 0L, ByteBuffer.allocate(0), true, Instant.now()));
        }
    }

    private long runMs(TaskRequest request) {
        for (KeyValue label : request.getLabels()) {
            if (label.getKey().equals(RUN_MS_LABEL)) {
                try {
                    return Math.max(0, Long.parseLong(label.getValue()));
                } catch (NumberFormatException e) {
                    // Anybody may write labels; one that says nothing is as good as none.
                    break;
                }
            }
        }
        return tasks.runTime().drawMs(random);
    }

    private void report(
            AttemptId id, long sequence, Finding finding, @Nullable Instant startedAt, @Nullable Instant endedAt) {
        // The builder would check and copy each field, and this is the simulation's hot path.
        hand(new TaskReport(
                pool,
                agentId,
                id.taskId(),
                id.attempt(),
                sequence,
                finding.state,
                finding.reason,
                StatusSource.SOURCE_AGENT,
                "",
                finding.exitCode,
                null,
                startedAt,
                endedAt,
                null,
                NO_DATA));
    }

    private void hand(TaskReport report) {
        sink.report(report).whenComplete((nothing, failure) -> {
            if (failure != null) {
                refused.add(() -> hand(report));
            }
        });
    }

    private void handEnd(SimulatedExecutors.Key executor) {
        ExecutorEnded ended =
                new ExecutorEnded(pool, agentId, executor.frameworkId(), executor.executorId(), null, null, "stopped");
        sink.ended(ended).whenComplete((nothing, failure) -> {
            if (failure != null) {
                refused.add(() -> handEnd(executor));
            }
        });
    }

    private void hand(LogChunk chunk) {
        sink.log(chunk).whenComplete((nothing, failure) -> {
            if (failure != null) {
                refused.add(() -> hand(chunk));
            }
        });
    }
}
