package dev.millrace.agent.executor;

import dev.millrace.agent.executor.ExecutorRun.Phase;
import dev.millrace.agent.process.AttemptId;
import dev.millrace.agent.process.EventLoop;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of executors: when their processes start and are ended, and how tasks end of which an executor does not say it. Mutable;
 * all methods are called on the executors' event loop.
 */
final class ExecutorSupervisor implements ExecutorProcesses.Listener {
    private static final Logger log = LoggerFactory.getLogger(ExecutorSupervisor.class);
    /** What is left of an executor after its own time to end has still so long between SIGTERM and SIGKILL. */
    private static final long MERCY_MS = 1_000;
    /** What an executor said before it ended may lie in its socket for a moment. */
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(2);
    /** Dropped attempts are placed again at once, so an agent that can't start anything must not drop them as fast as it can. */
    private static final Duration BEFORE_DROP = Duration.ofSeconds(1);

    private final ExecutorFiles files;
    private final TaskLedger ledger;
    private final ExecutorLaunches launches;
    private final ExecutorSockets sockets;
    private final EventLoop loop;
    private final TaskHandover handover;
    private final RecordCodec codec = new RecordCodec();
    private final Map<String, ExecutorRun> runs = new HashMap<>();
    private final Map<AttemptId, ExecutorRun> byProcess = new HashMap<>();
    private @Nullable ExecutorProcesses processes;

    ExecutorSupervisor(
            ExecutorFiles files,
            TaskLedger ledger,
            ExecutorLaunches launches,
            ExecutorSockets sockets,
            EventLoop loop) {
        this.files = files;
        this.ledger = ledger;
        this.launches = launches;
        this.sockets = sockets;
        this.loop = loop;
        this.handover = new TaskHandover(this, loop);
    }

    /** The run of that name, unless it is forgotten. */
    Optional<ExecutorRun> run(String id) {
        return Optional.ofNullable(runs.get(id));
    }

    /** Takes over a run that an earlier agent left; {@link #resume} follows. */
    void restore(ExecutorRun run) {
        boolean only = ledger.restore(run);
        know(run);
        if (!only) {
            log.info("{} has been replaced by another process", run);
        }
        try {
            listen(run);
        } catch (IOException e) {
            log.error("{} cannot register again, and will be killed for that", run, e);
        }
        List.copyOf(run.tasks.values())
                .forEach(task -> ledger.reportAgain(task, (each, report) -> acknowledged(run, each, report)));
    }

    /** Goes on with what was restored; of processes that are over it has heard by now. */
    void resume(ExecutorProcesses all) {
        processes = all;
        List<AttemptId> live = all.live();
        for (ExecutorRun run : List.copyOf(runs.values())) {
            if (run.phase == Phase.ENDED) {
                continue;
            }
            if (!live.contains(run.process)) {
                // It was not started, and then it has no tasks; or somebody has taken its files away.
                giveUp(run, TaskEnd.failed(Reason.REASON_EXECUTOR_TERMINATED, "its executor is gone without a trace"));
            } else if (run.stopOrdered) {
                run.phase = Phase.STOPPING;
                arm(run, run.spec.getShutdownGracePeriodMs(), () -> kill(run, MERCY_MS, "its grace period is over"));
            } else if (run.wasRegistered) {
                away(run);
            } else {
                starting(run);
            }
            log.info("found {}: {}, with {} tasks", run, run.phase, run.tasks.size());
        }
        for (AttemptId process : live) {
            if (!byProcess.containsKey(process)) {
                log.warn("an executor that was started for {} is not known, and is killed", process);
                all.kill(process, MERCY_MS, "nobody knows it");
            }
        }
    }

    private void know(ExecutorRun run) {
        runs.put(run.id, run);
        byProcess.put(run.process, run);
    }

    /**
     * Takes what is to be handed to an executor.
     *
     * @param refusal how the tasks end if it is clear already that they can't be taken; null = they can
     */
    void accept(Handover wanted, @Nullable TaskEnd refusal) {
        HeldTask first = wanted.tasks.get(0);
        ExecutorKey key = ExecutorKey.of(first.launch);
        ExecutorRun run = ledger.runOf(key, () -> launches.newRun(first.launch));
        for (HeldTask task : wanted.tasks) {
            task.run = run;
            run.tasks.put(task.id, task);
        }
        TaskEnd end = refusal == null ? refusal(run, wanted) : refusal;
        if (end == null) {
            run.waiting.add(wanted);
        } else {
            wanted.tasks.forEach(task -> end(run, task, end));
        }
        if (run.phase == Phase.NEW && !runs.containsKey(run.id)) {
            begin(run, wanted, end);
        } else if (run.phase == Phase.REGISTERED) {
            handover.plan(run);
        }
    }

    private @Nullable TaskEnd refusal(ExecutorRun run, Handover wanted) {
        if (run.phase == Phase.STOPPING || run.phase == Phase.ENDED) {
            return TaskEnd.dropped(Reason.REASON_EXECUTOR_TERMINATED, "its executor is ending");
        }
        for (HeldTask task : wanted.tasks) {
            if (ledger.endOf(task.id).isPresent()) {
                return TaskEnd.dropped(
                        Reason.REASON_CONTAINER_LAUNCH_FAILED, "an attempt of this name was here before");
            }
            if (!ExecutorKey.of(task.launch).equals(run.key)) {
                return new TaskEnd(
                        TaskState.TASK_ERROR,
                        Reason.REASON_TASK_INVALID,
                        "the tasks of a group must have one executor");
            }
        }
        return null;
    }

    /** Starts an executor's process, unless there is nothing for it to do. */
    private void begin(ExecutorRun run, Handover first, @Nullable TaskEnd refusal) {
        know(run);
        if (refusal != null) {
            giveUp(run, refusal);
            return;
        }
        try {
            run.journal = ExecutorJournal.create(files.journal(run.id), run.launch);
            listen(run);
            run.phase = Phase.STARTING;
            processes().start(run.launch, first.leaseValid);
        } catch (IOException e) {
            log.warn("{} could not be started", run, e);
            TaskEnd end = TaskEnd.dropped(
                    Reason.REASON_CONTAINER_LAUNCH_FAILED, "the agent could not start its executor: " + e);
            loop.after(BEFORE_DROP, () -> giveUp(run, end));
        }
    }

    private void listen(ExecutorRun run) throws IOException {
        files.makeSocketDirectory(run.id);
        sockets.listen(run.id, files.socket(run.id));
        files.letIn(run.id, run.spec.getUser());
    }

    private ExecutorProcesses processes() {
        return Objects.requireNonNull(processes);
    }

    @Override
    public void started(AttemptId process) {
        ExecutorRun run = byProcess.get(process);
        if (run != null && run.phase == Phase.STARTING && !run.wasRegistered) {
            starting(run);
        }
    }

    private void starting(ExecutorRun run) {
        run.phase = Phase.STARTING;
        long timeoutMs = run.spec.getRegistrationTimeoutMs();
        arm(
                run,
                timeoutMs,
                () -> timedOut(
                        run,
                        Reason.REASON_EXECUTOR_REGISTRATION_TIMEOUT,
                        "its executor did not register within " + timeoutMs + " ms"));
    }

    private void away(ExecutorRun run) {
        run.phase = Phase.AWAY;
        long timeoutMs = run.spec.getReregistrationTimeoutMs();
        arm(
                run,
                timeoutMs,
                () -> timedOut(
                        run,
                        Reason.REASON_EXECUTOR_REREGISTRATION_TIMEOUT,
                        "its executor did not register again within " + timeoutMs + " ms"));
    }

    private void timedOut(ExecutorRun run, Reason reason, String why) {
        log.warn("{} is killed: {}", run, why);
        run.failure = reason;
        run.phase = Phase.STOPPING;
        noteStop(run, why);
        endWaiting(run, TaskEnd.failed(reason, why));
        kill(run, MERCY_MS, why);
    }

    private void arm(ExecutorRun run, long delayMs, Runnable then) {
        run.disarm.run();
        run.disarm = loop.cancellable(Duration.ofMillis(delayMs), then);
    }

    private void kill(ExecutorRun run, long gracePeriodMs, String why) {
        processes().kill(run.process, gracePeriodMs, why);
    }

    /** An executor has a connection on which it registers; the time for that is not looked at any more. */
    void connected(ExecutorRun run, Connection connection) {
        if (!run.wasRegistered) {
            run.wasRegistered = true;
            note(run, ExecutorRecovery.registration(run));
        }
        run.connection = connection;
        if (run.phase == Phase.STARTING || run.phase == Phase.AWAY) {
            run.disarm.run();
        }
    }

    /** An executor has registered on its connection, and what it said then is dealt with. */
    void registered(ExecutorRun run) {
        if (run.phase == Phase.ENDED) {
            return;
        }
        if (run.phase == Phase.STOPPING) {
            sendShutdown(run);
        } else if (!run.hadTasks
                && run.waiting.isEmpty()
                && run.tasks.values().stream().allMatch(task -> task.ended)) {
            log.info("{} is stopped: there is nothing left for it to do", run);
            noteStop(run, "there was nothing left for it to do");
            stop(run);
        } else {
            run.disarm.run();
            run.phase = Phase.REGISTERED;
            handover.plan(run);
        }
    }

    /** A connection is closed, and what came on it is dealt with. */
    void closed(Connection connection) {
        ExecutorRun run = runs.get(connection.run);
        if (run == null || run.connection != connection) {
            return;
        }
        run.connection = null;
        for (HeldTask task : List.copyOf(run.tasks.values())) {
            if (task.handedOver && !task.ended && !task.mayHaveArrived()) {
                end(run, task, neverArrived());
            }
        }
        if (run.phase == Phase.ENDED) {
            settle(run);
        } else if (run.phase != Phase.STOPPING) {
            away(run);
        }
    }

    /** How a task ends that was not wholly sent when the connection broke. */
    static TaskEnd neverArrived() {
        return TaskEnd.dropped(
                Reason.REASON_CONTAINER_LAUNCH_FAILED,
                "the connection to its executor broke before the task was handed over");
    }

    /** Ends a task because the scheduler says so. */
    void kill(KillTask order) {
        AttemptId id = AttemptId.of(order);
        HeldTask task = ledger.find(id);
        ExecutorRun run = task == null ? null : task.run;
        TaskReport last = task == null ? ledger.endOf(id).orElse(null) : task.last;
        if (task == null || run == null || task.ended) {
            // The scheduler does not know of the end, or it would not ask.
            if (last != null) {
                ledger.again(last);
            }
        } else if (task.handedOver) {
            ledger.killing(task, order);
            send(run, order);
        } else {
            Handover all = Objects.requireNonNull(task.handover);
            run.waiting.remove(all);
            String message = order.getMessage().isEmpty() ? "killed" : "killed: " + order.getMessage();
            all.tasks.forEach(each -> end(run, each, TaskEnd.killedBefore(message)));
        }
    }

    /** Ends an executor because the scheduler says so. */
    void stop(StopExecutor order) {
        ExecutorKey key = new ExecutorKey(order.getFrameworkId(), order.getExecutorId());
        ExecutorRun run = ledger.find(key).orElse(null);
        if (run == null) {
            log.info("{} is to stop, and is not here", key);
            ledger.notHere(key);
            return;
        }
        if (run.phase == Phase.STOPPING || run.phase == Phase.ENDED) {
            return;
        }
        endWaiting(run, TaskEnd.killedBefore("its executor was stopped before it had the task"));
        if (run.phase != Phase.NEW) {
            note(run, order);
            stop(run);
        }
    }

    /** Writes down that the agent itself ends an executor, which the next agent is to go on with. */
    private static void noteStop(ExecutorRun run, String why) {
        run.stopOrdered = true;
        note(run, ExecutorRecovery.stop(run, why));
    }

    private void stop(ExecutorRun run) {
        run.stopOrdered = true;
        run.phase = Phase.STOPPING;
        long graceMs = run.spec.getShutdownGracePeriodMs();
        if (run.connection == null) {
            run.disarm.run();
            kill(run, graceMs, "the executor is stopped");
        } else {
            sendShutdown(run);
            arm(run, graceMs, () -> kill(run, MERCY_MS, "its grace period is over"));
        }
    }

    private void sendShutdown(ExecutorRun run) {
        send(run, new ExecutorShutdown(run.spec.getShutdownGracePeriodMs()));
    }

    /** Passes a message on if the executor is there to take it; once that is registered, behind the launches that came before. */
    void message(MessageToExecutor message) {
        ExecutorKey key = new ExecutorKey(message.getFrameworkId(), message.getExecutorId());
        ExecutorRun run = ledger.find(key).orElse(null);
        if (run != null && run.phase == Phase.REGISTERED) {
            handover.handOver(run);
        }
        if (run == null || run.connection == null) {
            log.debug("{} is not connected; a message to it is lost", key);
        } else {
            send(run, message);
        }
    }

    /** Sends a record to an executor; nothing happens if it is not connected. */
    Optional<Connection.Outbound> send(ExecutorRun run, SpecificRecord record) {
        return Optional.ofNullable(run.connection).map(connection -> connection.send(codec.encode(record)));
    }

    /** The same with a record that may leave only under a condition: see {@link Connection#send(byte[], BooleanSupplier, Runnable)}. */
    Optional<Connection.Outbound> send(
            ExecutorRun run, SpecificRecord record, BooleanSupplier leave, Runnable withdrawn) {
        return Optional.ofNullable(run.connection)
                .map(connection -> connection.send(codec.encode(record), leave, withdrawn));
    }

    @Override
    public void ended(AttemptId process, TaskReport end, CompletableFuture<Void> forgotten) {
        ExecutorRun run = byProcess.get(process);
        if (run == null) {
            // Its end was acknowledged before the agent could forget its process too.
            forgotten.complete(null);
            return;
        }
        log.info("{} is over: {} {}", run, end.getState(), end.getMessage());
        run.end = end;
        run.forgotten = forgotten;
        run.phase = Phase.ENDED;
        run.disarm.run();
        if (run.connection == null) {
            settle(run);
        } else {
            arm(run, DRAIN_TIMEOUT.toMillis(), () -> settle(run));
        }
    }

    /** The executor's process is over, and it can't say more. */
    private void settle(ExecutorRun run) {
        TaskReport end = run.end;
        if (end != null && !run.settled) {
            giveUp(run, null);
        }
    }

    /** Ends all tasks of an executor that is over or never was, then the executor. */
    private void giveUp(ExecutorRun run, @Nullable TaskEnd neverBegan) {
        run.disarm.run();
        run.phase = Phase.ENDED;
        run.settled = true;
        run.waiting.clear();
        for (HeldTask task : List.copyOf(run.tasks.values())) {
            end(run, task, neverBegan == null ? endOf(run, task) : neverBegan);
        }
        sockets.unlisten(run.id);
        closeIfSafe(run);
    }

    private static TaskEnd endOf(ExecutorRun run, HeldTask task) {
        TaskReport end = Objects.requireNonNull(run.end);
        boolean neverBegan = end.getState() == TaskState.TASK_DROPPED || end.getState() == TaskState.TASK_ERROR;
        String message = "its executor ended: " + end.getMessage();
        if (neverBegan && !task.handedOver) {
            return new TaskEnd(end.getState(), end.getReason(), message);
        }
        Reason failure = run.failure;
        if (failure != null) {
            return TaskEnd.failed(failure, message);
        }
        if (task.kill != null) {
            return new TaskEnd(TaskState.TASK_KILLED, Reason.REASON_KILL_REQUESTED, message);
        }
        boolean rebooted = end.getReason() == Reason.REASON_AGENT_REBOOTED;
        return TaskEnd.failed(rebooted ? Reason.REASON_AGENT_REBOOTED : Reason.REASON_EXECUTOR_TERMINATED, message);
    }

    private void endWaiting(ExecutorRun run, TaskEnd end) {
        for (Handover next = run.waiting.poll(); next != null; next = run.waiting.poll()) {
            next.tasks.forEach(task -> end(run, task, end));
        }
    }

    /** Ends a task as the agent's own finding, unless it has ended. */
    void end(ExecutorRun run, HeldTask task, TaskEnd end) {
        if (task.ended) {
            return;
        }
        TaskReport report = ledger.draft(task, end);
        if (task.handedOver) {
            note(run, report);
        }
        report(run, task, report);
    }

    /** Reports of a task what is written down, as far as it has to be. */
    void report(ExecutorRun run, HeldTask task, TaskReport report) {
        ledger.report(task, report, (each, safe) -> acknowledged(run, each, safe));
        rewriteIfLarge(run);
    }

    private void acknowledged(ExecutorRun run, HeldTask task, TaskReport report) {
        if (!task.isNewsThatSafe(report)) {
            return;
        }
        if (task.handedOver) {
            note(run, ExecutorRecovery.acknowledgement(report));
        }
        if (task.ended && task.unacknowledged.isEmpty()) {
            run.tasks.remove(task.id);
            ledger.forget(task);
            closeIfSafe(run);
        }
        rewriteIfLarge(run);
    }

    /** Writes down what a restarted agent would find out again, at some cost. */
    private static void note(ExecutorRun run, SpecificRecord record) {
        try {
            run.journal().append(record);
        } catch (IOException e) {
            log.warn("should the agent restart now, it will not know all of {}: {}", run, e.toString());
        }
    }

    /** To be called when all that the journal says stands in memory too. */
    static void rewriteIfLarge(ExecutorRun run) {
        ExecutorJournal journal = run.journal;
        if (journal != null && journal.isLarge()) {
            try {
                journal.rewrite(ExecutorRecovery.records(run));
            } catch (IOException e) {
                log.warn("the journal of {} could not be rewritten: {}", run, e.toString());
            }
        }
    }

    private void closeIfSafe(ExecutorRun run) {
        if (run.settled && run.tasks.isEmpty() && !run.endHanded) {
            ledger.ended(run, () -> close(run));
        }
    }

    private void close(ExecutorRun run) {
        runs.remove(run.id);
        byProcess.remove(run.process, run);
        try {
            if (run.journal != null) {
                run.journal.close();
            }
            files.remove(run.id);
        } catch (IOException e) {
            log.warn("the files of {} could not be removed: {}", run, e.toString());
        }
        if (run.forgotten != null) {
            run.forgotten.complete(null);
        }
    }

    /** Lets the journals go; nothing is decided any more. */
    void closeJournals() {
        for (ExecutorRun run : runs.values()) {
            try {
                if (run.journal != null) {
                    run.journal.close();
                }
            } catch (IOException e) {
                log.debug("the journal of {} could not be closed", run, e);
            }
        }
    }
}
