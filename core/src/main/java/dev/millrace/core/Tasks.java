package dev.millrace.core;

import dev.millrace.contract.AgentTask;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PlacementNote;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Validator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to a task, from its request to its end. Each method leaves the task in a legal state, its agent's ledger and the queue in
 * agreement with it, and the status stream told. The states are those of {@link Transitions}. Mutable through {@link PoolState} only; owned
 * by the stream thread.
 */
final class Tasks {
    /**
     * An attempt that never ran is queued again after this much elapsed time, and after twice as much each further time, so that an agent that
     * can't start anything is no busy loop.
     */
    static final long DROPPED_DELAY_MS = 1_000;

    static final long MAX_DROPPED_DELAY_MS = 60_000;

    /** While an agent is rid of an attempt that had the same id and number, the next look is after this much elapsed time. */
    private static final long ORPHAN_DELAY_MS = 1_000;

    private static final Cause PLACED = Cause.scheduler(Reason.REASON_PLACED, "");

    private static final int MAX_SUBMISSION_ID_CHARACTERS = 64;
    private static final int MAX_ROLE_CHARACTERS = 128;

    private final PoolState state;
    private final Statuses statuses;
    private final Admission admission;
    private final Executors executors;

    Tasks(PoolState state, Executors executors) {
        this.state = state;
        this.executors = executors;
        this.statuses = new Statuses(state);
        this.admission = new Admission(state);
    }

    /**
     * Takes a request: the task is queued, or ends at once with what is wrong with it, or is refused because its id is taken or its role has
     * or sends too much.
     */
    void request(TaskRequest request, Outbox out) {
        Task known = state.task(request.getTaskId());
        if (known != null) {
            refuse(request, duplicate(known), out);
            return;
        }
        Optional<Cause> refusal = request.getRole().length() > MAX_ROLE_CHARACTERS
                ? Optional.empty()
                : admission.refusal(request.getRole());
        if (refusal.isPresent()) {
            refuse(request, refusal.get(), out);
            return;
        }
        Optional<Cause> fault = fault(request, out);
        Task task = newTask(request);
        state.addTask(task);
        if (fault.isPresent()) {
            state.move(task, TaskState.TASK_ERROR);
            state.end(task);
            statuses.publish(task, fault.get(), out);
            return;
        }
        accept(task, request, out);
        state.enqueue(task);
    }

    private Task newTask(TaskRequest request) {
        Task task = new Task(
                request.getTaskId(),
                orNothing(request.getSubmissionId(), MAX_SUBMISSION_ID_CHARACTERS),
                orNothing(request.getRole(), MAX_ROLE_CHARACTERS),
                state.submissionNumber());
        task.priority = request.getPriority();
        task.acceptedWallMs = state.clocks.wallMs();
        task.queuedMs = state.clocks.elapsedMs();
        return task;
    }

    private void accept(Task task, TaskRequest request, Outbox out) {
        out.change(Store.REQUESTS, state.key(task.id), request);
        state.accept(task, request);
        if (request.getGang() != null) {
            state.gangs.join(task, request.getGang());
        }
        statuses.publish(task, Cause.scheduler(Reason.REASON_REQUEST_ACCEPTED, ""), out);
    }

    private static Cause duplicate(Task known) {
        return Cause.scheduler(
                Reason.REASON_DUPLICATE_TASK_ID,
                "a task of this id " + (known.ended ? "ended not long ago" : "exists") + " and is " + known.state);
    }

    /** Answers a request that makes no task. */
    void refuse(TaskRequest request, Cause cause, Outbox out) {
        statuses.refuse(
                request.getTaskId(),
                orNothing(request.getSubmissionId(), MAX_SUBMISSION_ID_CHARACTERS),
                "",
                TaskState.TASK_ERROR,
                cause,
                out);
    }

    /** Takes a kill: ends what waits, tells the agent to end what it has, remembers it for what is unreachable. */
    void kill(KillRequest kill, Outbox out) {
        Task task = state.task(kill.getTaskId());
        if (task == null) {
            statuses.refuse(
                    kill.getTaskId(),
                    "",
                    "",
                    TaskState.TASK_UNKNOWN,
                    Cause.scheduler(Reason.REASON_TASK_UNKNOWN, "no task of this id is known in pool " + state.pool),
                    out);
            return;
        }
        if (task.ended) {
            return;
        }
        Cause cause = Cause.scheduler(Reason.REASON_KILL_REQUESTED, killMessage(kill));
        boolean first = !task.killRequested;
        task.killRequested = true;
        if (first || kill.getGracePeriodMs() != null) {
            task.killGraceMs = kill.getGracePeriodMs();
        }
        state.touch(task);
        switch (task.state) {
            case TASK_QUEUED -> {
                Gang gang = task.gang;
                endQueued(task, TaskState.TASK_KILLED, cause, out);
                endGang(gang, task, task.state, out);
            }
            case TASK_STAGING, TASK_STARTING, TASK_RUNNING -> {
                state.move(task, TaskState.TASK_KILLING);
                statuses.publish(task, cause, out);
                sendKill(task, out);
            }
            case TASK_KILLING -> {
                if (kill.getGracePeriodMs() != null) {
                    sendKill(task, out);
                }
            }
            default -> {
                // TASK_UNREACHABLE: the agent is told when it is back.
            }
        }
        executors.taskSettled(task, out);
    }

    /** Whether the agent has an orphan that it would take for this attempt, of a task of the same id that was forgotten long ago. */
    boolean isMistakable(Task task, Agent agent) {
        return !agent.orphans.isEmpty() && agent.orphans.containsKey(new Agent.OrphanKey(task.id, task.attempt));
    }

    /** Lets a waiting task wait until its agent is rid of an orphan that it would take for it. */
    void delay(Task task) {
        state.dequeue(task);
        task.delayUntilMs = state.clocks.elapsedMs() + ORPHAN_DELAY_MS;
        state.enqueue(task);
    }

    /** Answers a framework's task that is not launched. If there is a task of that id, the answer must not sound as if it were about that one. */
    void refuse(TaskRequest request, String frameworkId, TaskState answer, Cause cause, Outbox out) {
        Task known = state.task(request.getTaskId());
        statuses.refuse(
                request.getTaskId(),
                orNothing(request.getSubmissionId(), MAX_SUBMISSION_ID_CHARACTERS),
                frameworkId,
                known == null ? answer : TaskState.TASK_ERROR,
                known == null ? cause : duplicate(known),
                out);
    }

    /** The last status of a task once more. */
    TaskStatus current(Task task) {
        return statuses.current(task);
    }

    /** What is said of a task that is not known. */
    TaskStatus unknown(String taskId, String frameworkId, Cause cause) {
        return statuses.refusal(taskId, "", frameworkId, TaskState.TASK_UNKNOWN, cause);
    }

    /** Why a framework can't launch such a task, wherever it is; empty if it can. */
    Optional<Cause> launchFault(TaskRequest request) {
        Task known = state.task(request.getTaskId());
        if (known != null) {
            return Optional.of(duplicate(known));
        }
        List<String> faults = new ArrayList<>(Validator.faults(request));
        if (request.getGang() != null
                || request.getNotBefore() != null
                || !request.getConstraints().isEmpty()
                || !request.getAffinities().isEmpty()
                || !request.getSpreads().isEmpty()) {
            faults.add("a task that a framework launches has no gang, notBefore, constraints, affinities and spreads,"
                    + " since the framework decides where and when it runs");
        }
        return faults.isEmpty()
                ? carryOutFault(request)
                : Optional.of(Cause.scheduler(Reason.REASON_TASK_INVALID, String.join("; ", faults)));
    }

    /** Takes a task that a framework launches. It is given to an agent in the same step. */
    Task accept(TaskRequest request, String frameworkId, Outbox out) {
        Task task = newTask(request);
        task.frameworkId = frameworkId;
        task.executorId =
                request.getExecutor() == null ? "" : request.getExecutor().getExecutorId();
        state.addTask(task);
        accept(task, request, out);
        return task;
    }

    /** Sends the launch of a task that was taken from the queue and given to an agent. */
    void launch(Task task, Agent agent, Outbox out) {
        LaunchTask launch = stage(task, agent, out);
        out.sendToAgent(agent.id, agent.launchPartition, launch);
    }

    /** Moves a task that was given to an agent on; what is returned is for the caller to send. */
    LaunchTask stage(Task task, Agent agent, Outbox out) {
        long waitedMs = state.clocks.elapsedMs() - task.queuedMs;
        task.placedMs = state.clocks.elapsedMs();
        state.move(task, TaskState.TASK_STAGING);
        PlacementNote note =
                new PlacementNote(policyName(state.settings.getPlacement()), state.capacity.size(), waitedMs);
        statuses.publishPlaced(task, PLACED, note, out);
        return new LaunchTask(
                agent.id,
                agent.incarnation,
                task.attempt,
                task.ports,
                task.gpuDevices,
                Instant.ofEpochMilli(state.clocks.wallMs()),
                task.request(),
                task.frameworkId);
    }

    /**
     * Ends an attempt, and those of all its gang, because another task is to have its place. They get their grace periods, and then their
     * restart policies decide.
     */
    void preempt(Task task, Task preemptor, Outbox out) {
        String message =
                "gives way to task " + preemptor.id + " of role " + preemptor.role + ", priority " + preemptor.priority;
        Cause cause = Cause.scheduler(Reason.REASON_PREEMPTED, message);
        task.preemptor = preemptor.id;
        giveWay(task, cause, out);
        endGang(task.gang, task, cause, out);
    }

    /** Gives up a gang that was not placed within its timeout. */
    void timeOut(Gang gang, Outbox out) {
        String message = "group " + gang.group
                + (gang.isComplete() ? " was not placed" : " had " + gang.arrived + " of its " + gang.size + " members")
                + " within " + gang.timeoutMs + " ms";
        Cause cause = Cause.scheduler(Reason.REASON_GANG_TIMEOUT, message);
        for (Task member : List.copyOf(gang.members)) {
            endQueued(member, TaskState.TASK_ERROR, cause, out);
        }
    }

    private void giveWay(Task task, Cause cause, Outbox out) {
        task.givesWay = true;
        state.move(task, TaskState.TASK_KILLING);
        statuses.publish(task, cause, out);
        sendKill(task, out);
    }

    private void endQueued(Task task, TaskState end, Cause cause, Outbox out) {
        state.dequeue(task);
        state.move(task, end);
        state.end(task);
        statuses.publish(task, cause, out);
    }

    /** Ends the other attempts of a gang because one ended otherwise than as finished; if that task is over, so are they all. */
    private void endGang(@Nullable Gang gang, Task first, TaskState end, Outbox out) {
        String message = "an attempt at task " + first.id + " of its group ended as " + end;
        endGang(gang, first, Cause.scheduler(Reason.REASON_GANG_MEMBER_ENDED, message), out);
    }

    private void endGang(@Nullable Gang gang, Task first, Cause cause, Outbox out) {
        if (gang == null) {
            return;
        }
        for (Task member : List.copyOf(gang.members)) {
            if (member == first) {
                continue;
            }
            member.killRequested |= first.ended;
            switch (member.state) {
                case TASK_QUEUED -> {
                    if (first.ended) {
                        endQueued(member, TaskState.TASK_KILLED, cause, out);
                    }
                }
                case TASK_STAGING, TASK_STARTING, TASK_RUNNING -> giveWay(member, cause, out);
                default -> {
                    // It is being killed, or its agent is told when it is back.
                    member.givesWay = true;
                    state.touch(member);
                }
            }
        }
    }

    /** Judges what an agent reports of an attempt. Repeated, superseded and forgotten reports change nothing; impossible ones are rejected. */
    void report(TaskReport report, Outbox out) {
        if (freeOrphan(report)) {
            return;
        }
        Task task = state.task(report.getTaskId());
        if (task == null || task.ended || report.getAttempt() < task.attempt) {
            state.ignoreReport();
            return;
        }
        if (report.getAttempt() > task.attempt || task.agentId == null || !task.agentId.equals(report.getAgentId())) {
            out.reject(
                    DeadLetterReason.IMPOSSIBLE,
                    "attempt " + report.getAttempt() + " of task " + task.id + " was never given to agent "
                            + report.getAgentId());
            return;
        }
        if (report.getReportSequence() <= task.reportSequence) {
            state.ignoreReport();
            return;
        }
        boolean end = Transitions.endsAttempt(report.getState());
        boolean absorbed = !end && (task.state == TaskState.TASK_KILLING || task.state == TaskState.TASK_UNREACHABLE);
        if (!absorbed && !Transitions.legal(task.state, report.getState())) {
            out.reject(
                    DeadLetterReason.IMPOSSIBLE,
                    "task " + task.id + " may not go from " + task.state + " to " + report.getState());
            return;
        }
        if (report.getState() == TaskState.TASK_DROPPED && task.started()) {
            out.reject(
                    DeadLetterReason.IMPOSSIBLE,
                    "task " + task.id + " was reported as started, so attempt " + task.attempt + " cannot be dropped");
            return;
        }
        task.reportSequence = report.getReportSequence();
        if (report.getState() == TaskState.TASK_RUNNING) {
            noteRunning(task);
        }
        state.touch(task);
        if (end) {
            endAttempt(task, report.getState(), Cause.reported(report), report, out);
        } else if (!absorbed) {
            state.move(task, report.getState());
            statuses.publishReported(task, report, Cause.reported(report), out);
        } else if (report.getStartedAt() != null) {
            task.startedWallMs = report.getStartedAt().toEpochMilli();
        }
    }

    /** Its agent has not been heard of, or left. */
    void unreachable(Task task, Cause cause, Outbox out) {
        state.move(task, TaskState.TASK_UNREACHABLE);
        task.sinceMs = state.clocks.elapsedMs();
        armReplacement(state, task);
        statuses.publish(task, cause, out);
    }

    /** Sets the timer after which an unreachable task is replaced, if its policy says so. */
    static void armReplacement(PoolState state, Task task) {
        var policy = task.request().getUnreachablePolicy();
        if (policy.getAction() == UnreachableAction.REPLACE) {
            var kind =
                    state.agent(task.agentId).declaredLost ? TaskTimers.Kind.REPLACE_DECLARED : TaskTimers.Kind.REPLACE;
            state.timers.set(task, kind, task.sinceMs + policy.getTimeoutMs());
        }
    }

    /** Its agent has registered again and has the attempt. */
    void returned(Task task, AgentTask listed, Outbox out) {
        task.reportSequence = Math.max(task.reportSequence, listed.getReportSequence());
        if (listed.getState() == TaskState.TASK_RUNNING) {
            noteRunning(task);
        }
        if (listed.getStartedAt() != null) {
            task.startedWallMs = listed.getStartedAt().toEpochMilli();
        }
        state.touch(task);
        TaskState now = task.killRequested || task.givesWay
                ? TaskState.TASK_KILLING
                : task.started() && listed.getState() != TaskState.TASK_KILLING
                        ? TaskState.TASK_RUNNING
                        : listed.getState();
        boolean further = task.state != now && Transitions.legal(task.state, now);
        if (further) {
            state.timers.clear(task);
            state.move(task, now);
            statuses.publish(task, Cause.scheduler(Reason.REASON_AGENT_REREGISTERED, ""), out);
        }
        if (task.killRequested || task.givesWay) {
            sendKill(task, out);
        }
    }

    /**
     * Its agent has registered again and does not have the attempt. With the same work directory, an attempt that was not reported as started
     * never was: the agent writes down what it is going to start, and launches of its earlier registrations are void.
     */
    void missing(Task task, boolean sameWorkDir, Outbox out) {
        boolean neverStarted = sameWorkDir && !task.started();
        Cause cause = neverStarted
                ? Cause.scheduler(
                        Reason.REASON_AGENT_RESTARTED, "the agent registered again before it had taken the launch")
                : Cause.scheduler(
                        Reason.REASON_AGENT_RESTARTED, "the agent registered again and no longer has the attempt");
        endAttempt(task, neverStarted ? TaskState.TASK_DROPPED : TaskState.TASK_GONE, cause, null, out);
    }

    /** It was unreachable for longer than its policy allows. */
    void lost(Task task, Outbox out) {
        Cause cause = Cause.scheduler(
                Reason.REASON_AGENT_REMOVED,
                "agent " + task.agentId + " was unreachable for longer than the task's unreachable policy allows");
        endAttempt(task, TaskState.TASK_LOST, cause, null, out);
    }

    /** An operator declared its agent gone. */
    void goneByOperator(Task task, String message, Outbox out) {
        endAttempt(
                task,
                TaskState.TASK_GONE_BY_OPERATOR,
                Cause.scheduler(Reason.REASON_AGENT_REMOVED_BY_OPERATOR, message),
                null,
                out);
    }

    private Optional<Cause> fault(TaskRequest request, Outbox out) {
        List<String> faults = Validator.faults(request);
        Optional<String> first = faults.isEmpty()
                ? ConstraintSet.fault(request.getConstraints())
                : Optional.of(String.join("; ", faults));
        if (first.isPresent()) {
            out.reject(DeadLetterReason.INVALID, first.get());
            return Optional.of(Cause.scheduler(Reason.REASON_TASK_INVALID, first.get()));
        }
        if (request.getExecutor() != null) {
            return Optional.of(Cause.scheduler(
                    Reason.REASON_TASK_INVALID, "only frameworks launch tasks on executors; give a command instead"));
        }
        Optional<Cause> cannot = carryOutFault(request);
        if (cannot.isPresent()) {
            return cannot;
        }
        return gangFault(request).map(fault -> Cause.scheduler(Reason.REASON_TASK_INVALID, fault));
    }

    /** Why a valid request can't be carried out by this version, or not any more; empty if it can. */
    private Optional<Cause> carryOutFault(TaskRequest request) {
        List<String> unsupported = Unsupported.features(request);
        if (!unsupported.isEmpty()) {
            return Optional.of(Cause.scheduler(
                    Reason.REASON_TASK_UNSUPPORTED, "this version does not do: " + String.join(", ", unsupported)));
        }
        if (request.getExpiresAt() != null && request.getExpiresAt().toEpochMilli() < state.clocks.wallMs()) {
            return Optional.of(Cause.scheduler(
                    Reason.REASON_REQUEST_EXPIRED,
                    "the request was taken after its time of " + request.getExpiresAt()));
        }
        return Optional.empty();
    }

    private Optional<String> gangFault(TaskRequest request) {
        var asked = request.getGang();
        Gang gang = asked == null ? null : state.gangs.named(asked.getGroup());
        if (asked == null || gang == null) {
            return Optional.empty();
        }
        if (!gang.role.equals(request.getRole()) || gang.size != asked.getSize()) {
            return Optional.of("group " + gang.group + " is one of " + gang.size + " tasks of role " + gang.role
                    + ", and this one says " + asked.getSize() + " of role " + request.getRole());
        }
        return gang.isComplete()
                ? Optional.of("group " + gang.group + " has all its " + gang.size + " members")
                : Optional.empty();
    }

    private void endAttempt(Task task, TaskState end, Cause cause, @Nullable TaskReport report, Outbox out) {
        state.timers.clear(task);
        RestartPolicy policy = task.request().getRestartPolicy();
        // That it gave way is why it ends and is queued again, unless it ended by itself before it was told.
        boolean gaveWay = task.givesWay && end != TaskState.TASK_FINISHED && end != TaskState.TASK_DROPPED;
        Cause way = gaveWay && wasToldToGiveWay(task) ? new Cause(cause.source(), task.reason, task.message) : cause;
        Cause why = end == TaskState.TASK_KILLED ? way : cause;
        state.move(task, end);
        state.occupancy.vacate(task);
        boolean neverRan =
                end == TaskState.TASK_DROPPED || (gaveWay && cause.reason() == Reason.REASON_TASK_KILLED_DURING_LAUNCH);
        if (end == TaskState.TASK_DROPPED) {
            task.drops++;
        } else {
            task.attemptsRun += gaveWay ? 0 : 1;
            task.drops = 0;
        }
        boolean again = another(task, policy, gaveWay, neverRan);
        Gang gang = task.gang;
        if (!again) {
            state.end(task);
        }
        if (report != null) {
            statuses.publishReported(task, report, why, out);
        } else {
            statuses.publish(task, why, out);
        }
        if (again) {
            long delayMs =
                    gaveWay ? 0 : end == TaskState.TASK_DROPPED ? droppedDelayMs(task) : restartDelayMs(task, policy);
            requeue(task, gaveWay ? way : Cause.scheduler(Reason.REASON_RESTART_POLICY, ""), delayMs, out);
        }
        if (end != TaskState.TASK_FINISHED) {
            endGang(gang, task, end, out);
        }
        executors.taskSettled(task, out);
    }

    /** Whether the last that was said of the task is that it gives way or ends with its gang. */
    private static boolean wasToldToGiveWay(Task task) {
        return task.reason == Reason.REASON_PREEMPTED || task.reason == Reason.REASON_GANG_MEMBER_ENDED;
    }

    private static boolean another(Task task, RestartPolicy policy, boolean gaveWay, boolean neverRan) {
        // What follows the end of a framework's task is for the framework to decide.
        if (task.killRequested || !task.frameworkId.isEmpty()) {
            return false;
        }
        if (neverRan) {
            return true;
        }
        if (gaveWay) {
            return policy.getMode() == RestartMode.ON_FAILURE || policy.getMode() == RestartMode.ALWAYS;
        }
        boolean attemptsLeft = policy.getAttempts() == 0 || task.attemptsRun < policy.getAttempts();
        return attemptsLeft
                && task.state != TaskState.TASK_KILLED
                && switch (policy.getMode()) {
                    case ALWAYS -> true;
                    case ON_FAILURE -> task.state != TaskState.TASK_FINISHED;
                    case NEVER, RESTART_UNKNOWN -> false;
                };
    }

    /** The delay doubles with each attempt that ended sooner than the longest delay; one that held out for longer starts the count again. */
    private long restartDelayMs(Task task, RestartPolicy policy) {
        boolean quick = !task.started() || state.clocks.elapsedMs() - task.runningSinceMs < policy.getMaxDelayMs();
        task.quickEnds = quick ? task.quickEnds + 1 : 1;
        return doubled(policy.getDelayMs(), task.quickEnds - 1, policy.getMaxDelayMs());
    }

    private static long droppedDelayMs(Task task) {
        return doubled(DROPPED_DELAY_MS, task.drops - 1, MAX_DROPPED_DELAY_MS);
    }

    private static long doubled(long delayMs, int times, long mostMs) {
        long doubledMs = delayMs;
        for (int i = 0; i < times && doubledMs > 0 && doubledMs < mostMs; i++) {
            doubledMs *= 2;
        }
        return Math.min(doubledMs, mostMs);
    }

    private void noteRunning(Task task) {
        if (!task.started()) {
            task.runningSinceMs = state.clocks.elapsedMs();
        }
    }

    private void requeue(Task task, Cause why, long delayMs, Outbox out) {
        state.move(task, TaskState.TASK_QUEUED);
        task.attempt++;
        task.agentId = null;
        task.reportSequence = 0;
        task.runningSinceMs = Task.NOT_STARTED;
        task.exitCode = null;
        task.signal = null;
        task.startedWallMs = 0;
        task.endedWallMs = 0;
        task.queuedMs = state.clocks.elapsedMs();
        task.delayUntilMs = delayMs == 0 ? 0 : state.clocks.elapsedMs() + delayMs;
        task.givesWay = false;
        task.preemptedInVain = false;
        task.ports = List.of();
        task.gpuDevices = List.of();
        statuses.publishDelayed(task, Cause.scheduler(why.reason(), why.message()), delayMs, out);
        state.enqueue(task);
    }

    private void sendKill(Task task, Outbox out) {
        Agent agent = task.agentId == null ? null : state.agents.get(task.agentId);
        if (agent == null) {
            throw new IllegalStateException("task " + task.id + " is to be killed and on no agent");
        }
        Reason reason = task.killRequested && !wasToldToGiveWay(task) ? Reason.REASON_KILL_REQUESTED : task.reason;
        sendKill(agent, task.id, task.attempt, task.killGraceMs, reason, out);
    }

    /** Tells an agent to end an attempt, whether it is a current one or an orphan. */
    void sendKill(Agent agent, String taskId, int attempt, @Nullable Long gracePeriodMs, Reason reason, Outbox out) {
        KillTask kill =
                new KillTask(state.pool, agent.id, agent.incarnation, taskId, attempt, gracePeriodMs, reason, "");
        out.sendToAgent(agent.id, agent.launchPartition, kill);
    }

    /** Frees what an orphan occupied, if this report is the end of one. */
    private boolean freeOrphan(TaskReport report) {
        Agent agent = state.agents.get(report.getAgentId());
        Agent.OrphanKey key = new Agent.OrphanKey(report.getTaskId(), report.getAttempt());
        if (agent == null || !agent.orphans.containsKey(key)) {
            return false;
        }
        if (Transitions.endsAttempt(report.getState())) {
            state.capacity.change(agent, () -> agent.freeOrphan(key));
            state.touch(agent);
            state.gotRoom(agent);
        }
        return true;
    }

    /** The text, if it is no longer than the contract's records may have it: an invalid request is remembered and answered too. */
    private static String orNothing(String text, int mostCharacters) {
        return text.length() <= mostCharacters ? text : "";
    }

    private static String policyName(PlacementPolicy policy) {
        return switch (policy) {
            case BINPACK, PLACEMENT_UNKNOWN -> "binpack";
            case SPREAD -> "spread";
            case FRAGMENTATION -> "fragmentation";
        };
    }

    private static String killMessage(KillRequest kill) {
        if (kill.getPrincipal().isEmpty()) {
            return kill.getMessage();
        }
        return kill.getMessage().isEmpty()
                ? "by " + kill.getPrincipal()
                : "by " + kill.getPrincipal() + ": " + kill.getMessage();
    }
}
