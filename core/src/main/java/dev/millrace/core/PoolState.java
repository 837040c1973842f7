package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.PoolView;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Store;
import dev.millrace.state.AgentTerms;
import dev.millrace.state.HoldKind;
import dev.millrace.state.PoolSettings;
import dev.millrace.state.SavedClass;
import dev.millrace.state.SavedCounters;
import dev.millrace.state.SavedMix;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedRole;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a pool: its entities, the indexes that follow from them, and which of them the step has changed. The indexes are
 * functions of the entities alone, so that a restart rebuilds them as they were. Mutable; owned by the stream thread.
 */
final class PoolState {
    /** The settings of a pool that nobody has configured. */
    static final PoolSettings DEFAULT_SETTINGS = new PoolSettings(
            5_000L,
            20_000L,
            30_000L,
            3_600_000L,
            1_000_000,
            1_000,
            PlacementPolicy.BINPACK,
            10,
            true,
            10_000L,
            60_000L,
            60_000L,
            60_000L,
            10L,
            32L,
            1_000,
            60);

    static final long NO_CONTINUE = -1;

    final String pool;
    final Clocks clocks;

    PoolSettings settings = DEFAULT_SETTINGS;
    String explainedUpTo = "";
    String preemptedUpTo = "";
    String gangsTriedUpTo = "";

    @Nullable
    PoolView lastView;

    long nextSubmission;
    long tasksEnded;
    long reportsIgnored;
    long nextOffer;
    /** When the Continue that is on its way was sent, in elapsed time; {@value #NO_CONTINUE} = none is. */
    long continueSentMs = NO_CONTINUE;

    final TreeMap<String, Agent> agents = new TreeMap<>();
    final CapacityIndex capacity = new CapacityIndex();
    final Roles roles = new Roles(capacity);
    final Nearness nearness = new Nearness(agents, capacity);
    final WaitingTasks waiting = new WaitingTasks(roles, nearness);
    final WorkloadMix mix = new WorkloadMix();
    final Gangs gangs = new Gangs(this);
    final Occupancy occupancy = new Occupancy(this);
    final Frameworks frameworks = new Frameworks(this);
    final HeldAgents held = new HeldAgents(this);
    /** The tasks that joined the queue for resources in this step. */
    final List<Task> released = new ArrayList<>();

    final TaskTimers timers = new TaskTimers();
    final RecentLosses recentLosses = new RecentLosses();
    /** Active agents in the order in which they become unreachable if they stay silent. */
    final TreeSet<Agent> byHeard =
            new TreeSet<>(Comparator.comparingLong(Agent::silentFromMs).thenComparing(a -> a.id));
    /** Unreachable agents without tasks, in the order in which they became so. */
    final TreeSet<Agent> deserted =
            new TreeSet<>(Comparator.<Agent>comparingLong(a -> a.sinceMs).thenComparing(a -> a.id));

    private final Map<String, Task> tasks = new HashMap<>();
    private final long[] tasksByState = new long[TaskState.values().length];
    private int nextSlot;
    private final List<Integer> freeSlots = new ArrayList<>();
    private long nextAttributesVersion = 1;

    private final List<Task> touchedTasks = new ArrayList<>();
    private final List<Agent> touchedAgents = new ArrayList<>();
    private final List<RequestClass> touchedClasses = new ArrayList<>();
    private final List<Task> forgottenTasks = new ArrayList<>();
    private final List<String> forgottenAgents = new ArrayList<>();
    private final List<Role> touchedRoles = new ArrayList<>();
    private final List<Task> tasksWithHolds = new ArrayList<>();
    /** What was restored and is not yet in the indexes. */
    private List<Task> restoredTasks = new ArrayList<>();
    /** By the task's id. */
    private Map<String, TaskRequest> restoredRequests = new HashMap<>();

    private boolean mixTouched;
    private boolean poolTouched;
    private boolean countersTouched;

    PoolState(String pool, Clocks clocks) {
        this.pool = pool;
        this.clocks = clocks;
        nearness.tell(waiting::lookAgain);
    }

    /** What an agent that registers now is told. */
    AgentTerms terms() {
        return new AgentTerms(
                settings.getHeartbeatIntervalMs(), settings.getLeaseMs(), settings.getUnreachableTimeoutMs());
    }

    // Tasks

    @Nullable
    Task task(String id) {
        return tasks.get(id);
    }

    void addTask(Task task) {
        tasks.put(task.id, task);
        tasksByState[task.state.ordinal()]++;
        touch(task);
    }

    /** Takes a new task's request: it is counted with its role from now on. */
    void accept(Task task, TaskRequest request) {
        task.request = request;
        task.requestClass = waiting.classOf(request, task.frameworkId);
        roles.count(task.leaf(), 1, 1);
        count(task, 1);
    }

    private void count(Task task, int sign) {
        mix.count(task.requestClass().need, sign);
        if (mix.isOutdated()) {
            takeMix();
        }
    }

    private void takeMix() {
        mix.take(pool);
        capacity.score(mix.score());
        mixTouched = true;
    }

    /** Takes other settings. */
    void configure(PoolSettings changed) {
        boolean byFragmentation = settings.getPlacement() == PlacementPolicy.FRAGMENTATION;
        settings = changed;
        touchPool();
        if (settings.getPlacement() == PlacementPolicy.FRAGMENTATION && !byFragmentation) {
            takeMix();
        } else if (settings.getPlacement() != PlacementPolicy.FRAGMENTATION && byFragmentation) {
            mix.drop();
            capacity.score(null);
            mixTouched = true;
        }
    }

    /** Moves a task to another state; that the step is legal is checked here, for all. */
    void move(Task task, TaskState to) {
        if (!Transitions.legal(task.state, to)) {
            throw new IllegalStateException("task " + task.id + " may not go from " + task.state + " to " + to);
        }
        if (task.requestClass != null) {
            countMove(task, to);
        }
        tasksByState[task.state.ordinal()]--;
        task.state = to;
        tasksByState[to.ordinal()]++;
        touch(task);
    }

    private void countMove(Task task, TaskState to) {
        int queued = (to == TaskState.TASK_QUEUED ? 1 : 0) - (task.state == TaskState.TASK_QUEUED ? 1 : 0);
        if (queued != 0) {
            roles.count(task.leaf(), 0, queued);
        }
        int leaving = (to == TaskState.TASK_KILLING ? 1 : 0) - (task.state == TaskState.TASK_KILLING ? 1 : 0);
        if (leaving != 0) {
            roles.leave(task.leaf(), task.requestClass().need, leaving);
        }
    }

    void touch(Task task) {
        if (!task.touched) {
            task.touched = true;
            touchedTasks.add(task);
        }
    }

    /** Marks a task as over: it keeps its last state until the horizon. */
    void end(Task task) {
        task.ended = true;
        task.sinceMs = clocks.elapsedMs();
        if (task.requestClass != null) {
            roles.count(task.leaf(), -1, 0);
            count(task, -1);
            gangs.leave(task);
            waiting.leaveClass(task.requestClass());
            roles.forgetIfIdle(task.leaf());
        }
        if (!task.frameworkId.isEmpty()) {
            frameworks.remove(task);
        }
        task.request = null;
        task.requestClass = null;
        tasksByState[task.state.ordinal()]--;
        tasksEnded++;
        countersTouched = true;
        timers.set(task, TaskTimers.Kind.ENDED, task.sinceMs);
        touch(task);
    }

    /** Forgets a task that is over. */
    void forget(Task task) {
        timers.clear(task);
        tasks.remove(task.id);
        forgottenTasks.add(task);
    }

    long offerNumber() {
        countersTouched = true;
        return nextOffer++;
    }

    long submissionNumber() {
        countersTouched = true;
        return nextSubmission++;
    }

    /** How many tasks that are not over are in that state. */
    long tasksIn(TaskState state) {
        return tasksByState[state.ordinal()];
    }

    // The queue

    /** Puts a queued task where it waits: for its restart delay, for its not-before time, or for resources. */
    void enqueue(Task task) {
        Instant notBefore = task.request().getNotBefore();
        boolean early = task.delayUntilMs == 0 && notBefore != null && notBefore.toEpochMilli() > clocks.wallMs();
        if (early || task.delayUntilMs > clocks.elapsedMs()) {
            armRelease(task);
        } else {
            release(task);
        }
    }

    /** Puts a queued task into the queue for resources. That it is there is stored, since it may be late. */
    void release(Task task) {
        timers.clear(task);
        task.waiting = true;
        task.queuedMs = clocks.elapsedMs();
        if (task.gang != null) {
            gangs.tried(task.gang, false);
        }
        waiting.add(task);
        released.add(task);
        touch(task);
    }

    /** Takes a queued task from where it waits. */
    void dequeue(Task task) {
        if (!task.waiting) {
            timers.clear(task);
            return;
        }
        task.waiting = false;
        touch(task);
        held.letGo(task);
        RequestClass left = task.unit();
        if (waiting.remove(task) && left.explained != null) {
            left.explained = null;
            touch(left);
        }
    }

    /** Sets the timer that releases a queued task into the queue for resources. */
    private void armRelease(Task task) {
        Instant notBefore = task.request().getNotBefore();
        if (task.delayUntilMs == 0 && notBefore != null) {
            timers.set(task, TaskTimers.Kind.NOT_BEFORE, notBefore.toEpochMilli());
        } else {
            timers.set(task, TaskTimers.Kind.RESTART_DELAY, task.delayUntilMs);
        }
    }

    void touch(RequestClass requestClass) {
        if (!requestClass.touched) {
            requestClass.touched = true;
            touchedClasses.add(requestClass);
        }
    }

    // Agents

    /** An agent that must be known. */
    Agent agent(@Nullable String id) {
        Agent agent = id == null ? null : agents.get(id);
        if (agent == null) {
            throw new IllegalStateException("agent " + id + " is not known");
        }
        return agent;
    }

    Agent newAgent(String id) {
        Agent agent = new Agent(id, takeSlot(), terms());
        agents.put(id, agent);
        return agent;
    }

    void addRestored(Agent agent) {
        agents.put(agent.id, agent);
    }

    void addRestored(Task task) {
        restoredTasks.add(task);
    }

    void addRestored(TaskRequest request) {
        restoredRequests.put(request.getTaskId(), request);
    }

    int takeSlot() {
        return freeSlots.isEmpty() ? nextSlot++ : freeSlots.remove(freeSlots.size() - 1);
    }

    long newAttributesVersion() {
        return nextAttributesVersion++;
    }

    void forget(Agent agent) {
        capacity.remove(agent);
        byHeard.remove(agent);
        deserted.remove(agent);
        agents.remove(agent.id);
        freeSlots.add(agent.slot);
        forgottenAgents.add(agent.id);
        nearness.agentsChanged();
    }

    void touch(Agent agent) {
        if (!agent.touched) {
            agent.touched = true;
            touchedAgents.add(agent);
        }
    }

    /** The agent that a task of the class is to be placed on; null = none has room. */
    @Nullable
    Agent find(RequestClass requestClass) {
        return capacity.find(requestClass, settings.getPlacement(), settings.getMaxTasksPerAgent());
    }

    // Roles

    void touch(Role role) {
        if (!role.touched) {
            role.touched = true;
            touchedRoles.add(role);
        }
    }

    /** Looks again at what waits for roles' limits, because a role has less. */
    void hasLess(Role leaf) {
        waiting.unlimit(leaf);
        frameworks.candidates.unlimit(leaf);
    }

    /** Looks again at what waits because the agent may have room, or notes that it has nothing left. */
    void gotRoom(Agent agent) {
        if (agent.isActive()) {
            waiting.unblock(agent, settings.getMaxTasksPerAgent(), starvingHolder(agent));
            frameworks.candidates.gotRoom(agent);
        } else if (agent.tasks.isEmpty()) {
            deserted.add(agent);
        }
    }

    private @Nullable Task starvingHolder(Agent agent) {
        for (String id : agent.holds.keySet()) {
            Task task = tasks.get(id);
            if (task != null && task.hold != null && task.hold.getKind() == HoldKind.HOLD_STARVATION) {
                return task;
            }
        }
        return null;
    }

    // What the step has changed

    void touchPool() {
        poolTouched = true;
    }

    /** A Continue was sent just now. */
    void continueSent() {
        continueSentMs = clocks.elapsedMs();
        countersTouched = true;
    }

    /** The Continue that was on its way has come. */
    void continueTaken() {
        if (continueSentMs != NO_CONTINUE) {
            continueSentMs = NO_CONTINUE;
            countersTouched = true;
        }
    }

    /** A report changed nothing. */
    void ignoreReport() {
        reportsIgnored++;
        countersTouched = true;
    }

    /** Puts what was changed since the last call into the outbox. */
    void saveChanges(Outbox out) {
        for (Task task : touchedTasks) {
            task.touched = false;
            if (tasks.get(task.id) == task) {
                out.change(Store.TASKS, key(task.id), task.save(pool));
            }
        }
        touchedTasks.clear();
        for (Task task : forgottenTasks) {
            out.change(Store.TASKS, key(task.id), null);
            out.change(Store.REQUESTS, key(task.id), null);
        }
        forgottenTasks.clear();
        for (Agent agent : touchedAgents) {
            agent.touched = false;
            if (agents.get(agent.id) == agent) {
                out.change(Store.AGENTS, key(agent.id), agent.save(pool));
            }
        }
        touchedAgents.clear();
        for (String agentId : forgottenAgents) {
            if (!agents.containsKey(agentId)) {
                out.change(Store.AGENTS, key(agentId), null);
            }
        }
        forgottenAgents.clear();
        saveRoles(out);
        gangs.saveChanges(out);
        frameworks.saveChanges(out);
        saveClasses(out);
        if (mixTouched) {
            mixTouched = false;
            out.change(Store.MIX, pool, mix.taken());
        }
        released.clear();
        if (poolTouched) {
            poolTouched = false;
            out.change(
                    Store.POOLS,
                    pool,
                    new SavedPool(
                            pool,
                            settings,
                            explainedUpTo,
                            lastView,
                            preemptedUpTo,
                            gangsTriedUpTo,
                            recentLosses.save()));
        }
        if (countersTouched) {
            countersTouched = false;
            out.change(
                    Store.COUNTERS,
                    pool,
                    new SavedCounters(pool, nextSubmission, tasksEnded, continueSentMs, reportsIgnored, nextOffer));
        }
    }

    String key(String id) {
        return pool + '/' + id;
    }

    private void saveRoles(Outbox out) {
        for (Role role : touchedRoles) {
            role.touched = false;
            Role now = roles.role(role.name);
            out.change(Store.ROLES, key(role.name), now == null || !now.configured ? null : now.save(pool));
        }
        touchedRoles.clear();
    }

    private void saveClasses(Outbox out) {
        for (RequestClass requestClass : touchedClasses) {
            requestClass.touched = false;
            // It may have left the queue, and another one of the same text have joined it; what is stored is about the
            // text.
            RequestClass named = waiting.named(requestClass.text);
            PendingExplained explained = named == null ? null : named.explained;
            out.change(Store.CLASSES, key(requestClass.text), explained == null ? null : new SavedClass(explained));
        }
        touchedClasses.clear();
    }

    // Restoring

    void restore(SavedPool saved) {
        settings = saved.getSettings();
        explainedUpTo = saved.getExplainedUpTo();
        lastView = saved.getLastView();
        preemptedUpTo = saved.getPreemptedUpTo();
        gangsTriedUpTo = saved.getGangsTriedUpTo();
        recentLosses.restore(saved.getRecentLosses());
        poolTouched = false;
    }

    void restore(SavedClass saved) {
        RequestClass requestClass = waiting.named(saved.getExplained().getRequestClass());
        if (requestClass == null) {
            throw new IllegalStateException(
                    "class '" + saved.getExplained().getRequestClass() + "' is explained and has no waiting tasks");
        }
        requestClass.explained = saved.getExplained();
        waiting.explained(requestClass);
    }

    void restore(SavedCounters saved) {
        nextSubmission = saved.getNextSubmission();
        tasksEnded = saved.getTasksEnded();
        continueSentMs = saved.getContinueSentMs();
        reportsIgnored = saved.getReportsIgnored();
        nextOffer = saved.getNextOffer();
    }

    void restore(SavedMix saved) {
        mix.restore(saved);
        capacity.score(mix.score());
    }

    void restore(SavedRole saved) {
        roles.ensure(saved.getRole()).configure(saved);
    }

    /** Puts a restored task into the indexes; its agent and its gang must be there already. */
    private void restore(Task task, @Nullable TaskRequest request) {
        tasks.put(task.id, task);
        if (task.ended) {
            timers.set(task, TaskTimers.Kind.ENDED, task.sinceMs);
            return;
        }
        tasksByState[task.state.ordinal()]++;
        if (request == null) {
            throw new IllegalStateException("the request of task " + task.id + " is missing from the stored state");
        }
        task.request = request;
        task.requestClass = waiting.classOf(request, task.frameworkId);
        task.priority = request.getPriority();
        roles.count(task.leaf(), 1, task.state == TaskState.TASK_QUEUED ? 1 : 0);
        mix.count(task.requestClass().need, 1);
        gangs.restoreMember(task);
        if (task.state == TaskState.TASK_QUEUED) {
            if (task.waiting) {
                waiting.add(task);
                if (task.hold != null) {
                    tasksWithHolds.add(task);
                }
            } else {
                armRelease(task);
            }
            return;
        }
        Agent agent = task.agentId == null ? null : agents.get(task.agentId);
        if (agent == null) {
            throw new IllegalStateException("the agent of task " + task.id + " is missing from the stored state");
        }
        occupancy.restore(agent, task);
        if (!task.frameworkId.isEmpty()) {
            frameworks.add(task);
        }
        if (task.state == TaskState.TASK_KILLING) {
            roles.leave(task.leaf(), task.requestClass().need, 1);
        }
        if (task.state == TaskState.TASK_UNREACHABLE) {
            Tasks.armReplacement(this, task);
        }
    }

    /** Puts the tasks into the indexes, then the agents and what is held on them. */
    void restoredAll() {
        for (Task task : restoredTasks) {
            restore(task, restoredRequests.get(task.id));
        }
        // Made anew rather than cleared: a map that held a million keeps room for them.
        restoredTasks = new ArrayList<>();
        restoredRequests = new HashMap<>();
        for (Agent agent : agents.values()) {
            agent.balance();
            if (agent.isActive()) {
                capacity.add(agent);
                byHeard.add(agent);
            } else if (agent.tasks.isEmpty()) {
                deserted.add(agent);
            }
        }
        for (Gang gang : gangs.all()) {
            waiting.recheck(gang);
        }
        frameworks.lookAtAll();
        for (Task task : tasksWithHolds) {
            if (task.hold != null) {
                held.resume(task, task.hold);
            }
        }
        tasksWithHolds.clear();
    }
}
