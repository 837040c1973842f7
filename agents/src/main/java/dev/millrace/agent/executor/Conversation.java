package dev.millrace.agent.executor;

import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.link.Complaints;
import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.agent.process.AttemptId;
import dev.millrace.agent.process.EventLoop;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorTask;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateAcknowledged;
import dev.millrace.schemas.ExecutorRules;
import dev.millrace.schemas.Validator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.specific.SpecificRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to executors. What an executor may not say ends its connection, and changes nothing; it may come back. Of an update, what is to be
 * reported is written down first, then handed over, then the update is acknowledged: so it is reported whatever fails, and, since reports have
 * the updates' sequence numbers, it counts once. What can't be written down now, or would be too much to keep, waits, and so does what comes after it.
 *
 * <p>Mutable; called by the sockets' thread, and does all its work on the executors' event loop.
 */
final class Conversation implements ExecutorSockets.Listener {
    private static final Logger log = LoggerFactory.getLogger(Conversation.class);
    /** Messages are lost beyond this rather than kept while Kafka is away. */
    private static final int MAX_MESSAGES_UNDER_WAY = 100;
    /** No more is taken of an executor while this much waits for Kafka. */
    private static final long MAX_UNACKNOWLEDGED_BYTES = 8 << 20;

    private final ExecutorSupervisor supervisor;
    private final TaskLedger ledger;
    private final AgentProfile profile;
    private final ExecutorSink sink;
    private final EventLoop loop;
    private final AtomicInteger messagesUnderWay = new AtomicInteger();
    private final Complaints complaints = new Complaints(log);
    private final Map<Connection, Backlog> backlogs = new HashMap<>();

    Conversation(
            ExecutorSupervisor supervisor, TaskLedger ledger, AgentProfile profile, ExecutorSink sink, EventLoop loop) {
        this.supervisor = supervisor;
        this.ledger = ledger;
        this.profile = profile;
        this.sink = sink;
        this.loop = loop;
    }

    /** An executor said what it may not say. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why, null, false, false);
        }
    }

    /** A part of what an executor said. */
    private interface Part {
        /** Takes it; false = it can't be now. */
        boolean isTaken() throws Refused;
    }

    @Override
    public void received(Connection connection, SpecificRecord message) {
        loop.execute(() -> backlog(connection).add(() -> {
            boolean taken = isTaken(connection, () -> take(connection, message));
            if (taken) {
                connection.handled();
            }
            return taken;
        }));
    }

    private static boolean isTaken(Connection connection, Part part) {
        try {
            return connection.closing() != null || part.isTaken();
        } catch (Refused | IllegalArgumentException e) {
            connection.close(String.valueOf(e.getMessage()));
            return true;
        }
    }

    @Override
    public void closed(Connection connection) {
        loop.execute(() -> backlog(connection).add(() -> {
            supervisor.closed(connection);
            backlogs.remove(connection);
            return true;
        }));
    }

    private Backlog backlog(Connection connection) {
        return backlogs.computeIfAbsent(connection, absent -> new Backlog(loop));
    }

    /** Takes a message; false = it can't be now, and is to come again. */
    private boolean take(Connection connection, SpecificRecord message) throws Refused {
        Optional<ExecutorRun> found = supervisor.run(connection.run).filter(run -> !run.settled);
        if (found.isEmpty()) {
            throw new Refused("its executor is over");
        }
        ExecutorRun run = found.get();
        if (message instanceof RegisterExecutor registration) {
            register(run, connection, registration);
        } else if (run.connection != connection) {
            throw new Refused("it sent a " + message.getSchema().getName() + " before it registered");
        } else if (message instanceof ExecutorUpdate update) {
            return update(run, update);
        } else if (message instanceof MessageFromExecutor fromExecutor) {
            passOn(run, fromExecutor);
        }
        return true;
    }

    private void register(ExecutorRun run, Connection connection, RegisterExecutor registration) throws Refused {
        if (!isRightToken(run, registration.getToken())
                || !registration.getFrameworkId().equals(run.key.frameworkId())
                || !registration.getExecutorId().equals(run.key.executorId())) {
            throw new Refused("it is not " + run.key + ", or has not its token");
        }
        Connection earlier = run.connection;
        if (earlier == connection) {
            throw new Refused("it registered twice");
        }
        boolean again = run.wasRegistered;
        connection.isRegistered = true;
        supervisor.connected(run, connection);
        if (earlier != null) {
            earlier.close("the executor has another connection");
        }
        supervisor.send(run, registered(run, again));
        List<Backlog.Step> steps = new ArrayList<>();
        for (ExecutorUpdate update : registration.getUpdates()) {
            steps.add(() -> isTaken(connection, () -> update(run, update)));
        }
        steps.add(() -> isTaken(connection, () -> {
            compare(run, registration);
            log.debug("{} is registered, with {} tasks", run, run.tasks.size());
            supervisor.registered(run);
            return true;
        }));
        backlog(connection).follow(steps);
    }

    private static boolean isRightToken(ExecutorRun run, String token) {
        return MessageDigest.isEqual(
                ExecutorLaunches.token(run.launch).getBytes(StandardCharsets.UTF_8),
                token.getBytes(StandardCharsets.UTF_8));
    }

    private ExecutorRegistered registered(ExecutorRun run, boolean again) {
        return ExecutorRegistered.newBuilder()
                .setPool(profile.pool())
                .setAgentId(profile.agentId())
                .setHostname(profile.hostname())
                .setAttributes(profile.attributes())
                .setFrameworkId(run.key.frameworkId())
                .setExecutor(run.spec)
                .setAgain(again)
                .build();
    }

    /**
     * Brings together what an executor has and what it should have. A task that was handed over and that it does not have either never came to it,
     * or came and was lost; it is certain only of what did not wholly leave the agent.
     */
    private void compare(ExecutorRun run, RegisterExecutor registration) {
        Set<AttemptId> listed = new HashSet<>();
        for (ExecutorTask each : registration.getTasks()) {
            listed.add(new AttemptId(each.getTaskId(), each.getAttempt()));
        }
        for (HeldTask task : List.copyOf(run.tasks.values())) {
            if (task.handedOver && !task.ended && !listed.contains(task.id)) {
                supervisor.end(
                        run,
                        task,
                        task.mayHaveArrived()
                                ? TaskEnd.failed(
                                        Reason.REASON_EXECUTOR_TERMINATED,
                                        "its executor registered again and does not have it")
                                : ExecutorSupervisor.neverArrived());
            } else if (task.kill != null && !task.ended) {
                supervisor.send(run, task.kill);
            }
        }
        registration.getUpdates().stream()
                .filter(update -> ExecutorRules.isEnd(update.getState()))
                .forEach(update -> listed.remove(new AttemptId(update.getTaskId(), update.getAttempt())));
        for (AttemptId id : listed) {
            HeldTask task = run.tasks.get(id);
            if (task == null || task.ended) {
                log.info("{} has {}, which is over for the agent; it is told to kill it", run, id);
                supervisor.send(run, killOf(id));
            }
        }
    }

    private KillTask killOf(AttemptId id) {
        return KillTask.newBuilder()
                .setPool(profile.pool())
                .setAgentId(profile.agentId())
                .setIncarnation(0)
                .setTaskId(id.taskId())
                .setAttempt(id.attempt())
                .setMessage("the task is over for its agent")
                .build();
    }

    /** Takes an update; false = it can't be now. */
    private boolean update(ExecutorRun run, ExecutorUpdate update) throws Refused {
        AttemptId id = new AttemptId(update.getTaskId(), update.getAttempt());
        HeldTask task = run.tasks.get(id);
        if (task == null) {
            // An honest executor can come to this: it was not told any more that the task's last update was taken.
            log.debug("{} speaks of {}, which is not its own any more", run, id);
        } else if (!task.handedOver || !task.mayHaveArrived()) {
            throw new Refused("it speaks of " + id + ", which it was not given");
        } else if (!task.ended && update.getSequence() > task.sequence && !take(run, task, update)) {
            return false;
        }
        supervisor.send(run, new UpdateAcknowledged(update.getTaskId(), update.getAttempt(), update.getSequence()));
        return true;
    }

    private boolean take(ExecutorRun run, HeldTask task, ExecutorUpdate update) throws Refused {
        if (update.getSequence() != task.sequence + 1) {
            throw new Refused("after update " + task.sequence + " of " + task.id + " it sent " + update.getSequence());
        }
        if (!ExecutorRules.mayFollow(task.state, update.getState())) {
            throw new Refused("it says that " + task.id + ", which was " + task.state + ", is " + update.getState());
        }
        boolean begins = task.startedAt == null && update.getState() == TaskState.TASK_RUNNING;
        TaskReport.Builder report = ledger.draft(task)
                .setSource(StatusSource.SOURCE_EXECUTOR)
                .setState(update.getState())
                .setReason(update.getReason())
                .setMessage(update.getMessage())
                .setData(update.getData());
        if (begins) {
            report.setStartedAt(Instant.now());
        }
        if (ExecutorRules.isEnd(update.getState())) {
            report.setEndedAt(TaskLedger.endedAt(task));
        }
        TaskReport whole = report.build();
        List<String> faults = Validator.faults(whole);
        if (!faults.isEmpty()) {
            throw new Refused("of " + task.id + " it says what can't be said: " + String.join("; ", faults));
        }
        if (run.unacknowledgedBytes() > MAX_UNACKNOWLEDGED_BYTES) {
            complaints.about("more of " + run + " than can be kept waits for Kafka", System.nanoTime());
            return false;
        }
        try {
            run.journal().append(whole);
        } catch (IOException e) {
            // The executor keeps it until it is acknowledged, and its tasks are none the worse for it.
            complaints.about("what " + run + " says can't be written down: " + e, System.nanoTime());
            return false;
        }
        supervisor.report(run, task, whole);
        return true;
    }

    private void passOn(ExecutorRun run, MessageFromExecutor message) throws Refused {
        MessageFromExecutor whole = MessageFromExecutor.newBuilder(message)
                .setPool(profile.pool())
                .setAgentId(profile.agentId())
                .setFrameworkId(run.key.frameworkId())
                .setExecutorId(run.key.executorId())
                .build();
        List<String> faults = Validator.faults(whole);
        if (!faults.isEmpty()) {
            throw new Refused("its message can't be passed on: " + String.join("; ", faults));
        }
        if (messagesUnderWay.get() >= MAX_MESSAGES_UNDER_WAY) {
            log.debug("too many messages of executors are under way; one of {} is lost", run);
            return;
        }
        messagesUnderWay.incrementAndGet();
        var unused = sink.message(whole).whenComplete((result, error) -> messagesUnderWay.decrementAndGet());
    }
}
