package dev.millrace.agent.executor;

import dev.millrace.agent.process.AttemptId;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One process of an executor, from the first task that wants it to the acknowledgement of its end. Mutable; owned by the executors' event loop.
 *
 * <pre>
 *   NEW         its files are made                                → STARTING    its process is started
 *   STARTING    it registers, and there is a task for it          → REGISTERED  it is handed what waited
 *               it registers, and its tasks were killed meanwhile → STOPPING
 *               the registration timeout is over                  → STOPPING    its process is killed
 *   REGISTERED  its connection breaks                             → AWAY        tasks wait
 *   AWAY        it registers again                                → REGISTERED  tasks that it does not have, end
 *               the re-registration timeout is over               → STOPPING    its process is killed
 *   STARTING, REGISTERED, AWAY   StopExecutor                     → STOPPING    ExecutorShutdown; after the grace period it is killed
 *   any         its process is gone                               → ENDED       its tasks end, then ExecutorEnded is published
 * </pre>
 *
 * An executor that an earlier agent left is AWAY if it had registered, else STARTING, and STOPPING if it was being stopped.
 */
final class ExecutorRun {
    enum Phase {
        NEW,
        STARTING,
        REGISTERED,
        AWAY,
        STOPPING,
        ENDED
    }

    /** The name of its journal and of its socket's directory. */
    final String id;

    final ExecutorKey key;
    /** Its own launch, with what it is given in the request's environment. */
    final LaunchTask launch;
    /** The name of its process, which is that of the attempt for which it was started. */
    final AttemptId process;

    final ExecutorSpec spec;
    /** What is to be handed over, in order. */
    final Deque<Handover> waiting = new ArrayDeque<>();
    /** Those of its attempts that are not forgotten. */
    final Map<AttemptId, HeldTask> tasks = new LinkedHashMap<>();

    Phase phase = Phase.NEW;
    /** Has it ever registered? */
    boolean wasRegistered;
    /** Was a task ever handed to it? */
    boolean hadTasks;
    /** Was it told to stop? */
    boolean stopOrdered;

    @Nullable
    ExecutorJournal journal;
    /** The connection on which it is registered. */
    @Nullable
    Connection connection;

    boolean handoverPlanned;
    /** Cancels the timer of the current phase. */
    Runnable disarm = () -> {};
    /** Why the agent ended it, if it was no order. */
    @Nullable
    Reason failure;
    /** How its process ended. */
    @Nullable
    TaskReport end;
    /** To be completed when nothing of it is outstanding. */
    @Nullable
    CompletableFuture<Void> forgotten;
    /** Has each of its tasks an end? */
    boolean settled;
    /** Was its end handed over? Written under the ledger's lock. When it is acknowledged, another process of that executor may begin. */
    boolean endHanded;

    ExecutorRun(String id, LaunchTask launch) {
        this.id = id;
        this.process = AttemptId.of(launch);
        this.key = ExecutorKey.of(launch);
        this.launch = launch;
        this.spec = Objects.requireNonNull(launch.getRequest().getExecutor());
    }

    /** About how much memory the reports take that wait for Kafka. */
    long unacknowledgedBytes() {
        return tasks.values().stream()
                .mapToLong(task -> task.unacknowledgedBytes)
                .sum();
    }

    AgentExecutor listing() {
        return new AgentExecutor(key.frameworkId(), key.executorId(), spec.getResources());
    }

    /** The journal of a run that has its files. */
    ExecutorJournal journal() {
        return Objects.requireNonNull(journal);
    }

    @Override
    public String toString() {
        return key + " (" + id + ")";
    }
}
