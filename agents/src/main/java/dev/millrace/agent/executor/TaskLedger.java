package dev.millrace.agent.executor;

import dev.millrace.agent.link.Complaints;
import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.agent.process.AttemptId;
import dev.millrace.agent.process.EventLoop;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which executors and tasks of executors there are, and what is reported of them until it is acknowledged. Its lock makes that a task, and an
 * executor, is listed exactly as long as its end was not handed over. Mutable; what lists and adds may be called from any thread, the rest on the
 * executors' event loop.
 */
final class TaskLedger {
    private static final Logger log = LoggerFactory.getLogger(TaskLedger.class);
    private static final Duration BEFORE_RETRY = Duration.ofSeconds(1);
    private static final int REMEMBERED_ENDS = 10_000;
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final String pool;
    private final String agentId;
    private final ExecutorSink sink;
    private final EventLoop loop;
    private final Complaints complaints = new Complaints(log);
    private final Map<AttemptId, HeldTask> tasks = new LinkedHashMap<>();
    /** For each executor its process, once its first task is there and until its end is acknowledged. */
    private final Map<ExecutorKey, ExecutorRun> runs = new LinkedHashMap<>();
    /** The last reports of tasks that are forgotten, without data, for schedulers that missed them. */
    private final Map<AttemptId, TaskReport> ends = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AttemptId, TaskReport> eldest) {
            return size() > REMEMBERED_ENDS;
        }
    };

    TaskLedger(String pool, String agentId, ExecutorSink sink, EventLoop loop) {
        this.pool = pool;
        this.agentId = agentId;
        this.sink = sink;
        this.loop = loop;
    }

    synchronized List<AgentTask> listTasks() {
        List<AgentTask> listed = new ArrayList<>();
        for (HeldTask task : tasks.values()) {
            AgentTask listing = task.listing;
            if (listing != null) {
                listed.add(listing);
            }
        }
        return listed;
    }

    synchronized List<AgentExecutor> listExecutors() {
        return runs.values().stream()
                .filter(run -> !run.endHanded)
                .map(ExecutorRun::listing)
                .toList();
    }

    /**
     * Takes launches of one executor, so that they are listed, together with that executor.
     *
     * @param newRun makes the executor's process if there is none
     * @return the tasks that were not known
     */
    synchronized List<HeldTask> add(ExecutorKey key, List<LaunchTask> launches, Supplier<ExecutorRun> newRun) {
        List<HeldTask> fresh = new ArrayList<>();
        for (LaunchTask launch : launches) {
            HeldTask task = new HeldTask(AttemptId.of(launch), launch);
            if (tasks.putIfAbsent(task.id, task) == null) {
                fresh.add(task);
            }
        }
        if (!fresh.isEmpty()) {
            var unused = runs.computeIfAbsent(key, absent -> newRun.get());
        }
        return fresh;
    }

    /** The executor's process; there is one as long as there is a task that is not handed over. */
    synchronized ExecutorRun runOf(ExecutorKey key, Supplier<ExecutorRun> newRun) {
        return runs.computeIfAbsent(key, absent -> newRun.get());
    }

    synchronized Optional<ExecutorRun> find(ExecutorKey key) {
        return Optional.ofNullable(runs.get(key));
    }

    /** Takes what an earlier agent had; false if the executor has another process already. */
    synchronized boolean restore(ExecutorRun run) {
        boolean only = runs.putIfAbsent(run.key, run) == null;
        if (only) {
            for (HeldTask task : run.tasks.values()) {
                tasks.put(task.id, task);
                task.list();
            }
        }
        return only;
    }

    synchronized @Nullable HeldTask find(AttemptId id) {
        return tasks.get(id);
    }

    /** Is, or was, this an executor's task? */
    synchronized boolean knows(AttemptId id) {
        return tasks.containsKey(id) || ends.containsKey(id);
    }

    /** The last report of a task that is forgotten. */
    synchronized Optional<TaskReport> endOf(AttemptId id) {
        return Optional.ofNullable(ends.get(id));
    }

    /** All reports of a task that has ended are acknowledged. */
    synchronized void forget(HeldTask task) {
        tasks.remove(task.id, task);
        TaskReport end = task.last;
        if (end != null) {
            // Ten thousand executors' data could be more than the agent's memory.
            ends.put(task.id, TaskReport.newBuilder(end).setData(NO_DATA).build());
        }
    }

    /** Notes for registrations that a task is being killed. */
    synchronized void killing(HeldTask task, KillTask order) {
        task.kill = order;
        task.list();
    }

    /** The next report of a task, as the agent's own finding, now. */
    TaskReport draft(HeldTask task, TaskEnd end) {
        return draft(task)
                .setState(end.state())
                .setReason(end.reason())
                .setMessage(end.message().substring(0, Math.min(end.message().length(), 4_096)))
                .setEndedAt(endedAt(task))
                .build();
    }

    /** The next report of a task, without a state. */
    TaskReport.Builder draft(HeldTask task) {
        return TaskReport.newBuilder()
                .setPool(pool)
                .setAgentId(agentId)
                .setTaskId(task.id.taskId())
                .setAttempt(task.id.attempt())
                .setReportSequence(task.sequence + 1)
                .setSource(StatusSource.SOURCE_AGENT)
                .setStartedAt(task.startedAt);
    }

    static Instant endedAt(HeldTask task) {
        Instant now = Instant.now();
        Instant startedAt = task.startedAt;
        return startedAt == null || now.isAfter(startedAt) ? now : startedAt;
    }

    /**
     * Hands over a task's next report, after those before it. {@code acknowledged} is told, on the loop, when it is safe, perhaps more than once.
     */
    void report(HeldTask task, TaskReport report, BiConsumer<HeldTask, TaskReport> acknowledged) {
        task.apply(report);
        if (!task.waitsForRetry) {
            handOver(task, List.of(report), acknowledged);
        }
    }

    /** Hands over, in order, all that is not known to be safe. */
    void reportAgain(HeldTask task, BiConsumer<HeldTask, TaskReport> acknowledged) {
        task.waitsForRetry = false;
        handOver(task, List.copyOf(task.unacknowledged), acknowledged);
    }

    private synchronized void handOver(
            HeldTask task, List<TaskReport> reports, BiConsumer<HeldTask, TaskReport> acknowledged) {
        task.list();
        for (TaskReport report : reports) {
            handOver(() -> sink.report(report), () -> acknowledged.accept(task, report), () -> {
                // What was handed over later may have arrived, but nothing more may before this has.
                if (!task.waitsForRetry && task.unacknowledged.contains(report)) {
                    task.waitsForRetry = true;
                    loop.after(BEFORE_RETRY, () -> reportAgain(task, acknowledged));
                }
            });
        }
    }

    /** Hands over once more what was handed over before, without caring whether it arrives. */
    void again(TaskReport report) {
        var unused = tried(() -> sink.report(report));
    }

    /**
     * Hands over the end of an executor, whose tasks' ends are safe. When that is safe too, and the run's files are removed, another process of that
     * executor may begin: its own end would be taken for that one's.
     */
    void ended(ExecutorRun run, Runnable acknowledged) {
        TaskReport end = run.end;
        ExecutorEnded.Builder ended = ended(run.key);
        if (end != null) {
            ended.setExitCode(end.getExitCode()).setSignal(end.getSignal()).setMessage(end.getMessage());
        }
        ExecutorEnded whole = ended.build();
        synchronized (this) {
            run.endHanded = true;
            if (runs.get(run.key) == run) {
                handOverUntilSafe(() -> sink.ended(whole), () -> {
                    acknowledged.run();
                    remove(run);
                });
                return;
            }
        }
        // Another process of the executor is there; that of this one was reported before that began.
        acknowledged.run();
    }

    private synchronized void remove(ExecutorRun run) {
        runs.remove(run.key, run);
    }

    /** Hands over that an executor is over which is not here: the scheduler does not seem to know. */
    void notHere(ExecutorKey key) {
        ExecutorEnded ended = ended(key).setMessage("it is not here").build();
        // If it has to be tried again, there may be one by then.
        handOverUntilSafe(
                () -> find(key).isPresent() ? CompletableFuture.completedFuture(null) : sink.ended(ended), () -> {});
    }

    private ExecutorEnded.Builder ended(ExecutorKey key) {
        return ExecutorEnded.newBuilder()
                .setPool(pool)
                .setAgentId(agentId)
                .setFrameworkId(key.frameworkId())
                .setExecutorId(key.executorId());
    }

    private void handOverUntilSafe(Supplier<CompletionStage<?>> publish, Runnable acknowledged) {
        handOver(publish, acknowledged, () -> loop.after(BEFORE_RETRY, () -> handOverUntilSafe(publish, acknowledged)));
    }

    private void handOver(Supplier<CompletionStage<?>> publish, Runnable acknowledged, Runnable failed) {
        var unused = tried(publish)
                .whenComplete((result, error) -> loop.execute(() -> {
                    if (error == null) {
                        complaints.over();
                        acknowledged.run();
                    } else {
                        complaints.about("findings on executors are not published: " + error, System.nanoTime());
                        failed.run();
                    }
                }));
    }

    private static CompletionStage<?> tried(Supplier<CompletionStage<?>> publish) {
        try {
            return publish.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }
}
