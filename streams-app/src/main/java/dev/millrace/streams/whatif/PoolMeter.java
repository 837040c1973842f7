package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentState;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedRole;
import dev.millrace.state.SavedTask;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Measures what becomes of one pool from what its scheduler says and stores, whether it is the one that was or one in a model. Mutable; owned
 * by one thread.
 */
final class PoolMeter {
    private final String pool;
    private final Map<String, MeteredTask> tasks = new HashMap<>();
    private final Map<String, Resources> activeAgents = new HashMap<>();
    private final RoleMeters roles = new RoleMeters();
    private final Amounts capacity = new Amounts();
    private final Amounts allocated = new Amounts();
    /** What there was and what was used, times for how long, in ms. */
    private final Amounts capacityOverTime = new Amounts();

    private final Amounts allocatedOverTime = new Amounts();
    private long beganMs;
    private long nowMs;
    private long lastTickMs;
    private long elapsedMs;
    private long attemptsLost;
    private long lastEndMs;

    /** A task that is not over. */
    private static final class MeteredTask {
        final RoleMeters.Meter role;
        final Resources needs;
        boolean onAgent;
        boolean waiting;
        long queuedMs;

        MeteredTask(RoleMeters.Meter role, Resources needs) {
            this.role = role;
            this.needs = needs;
        }
    }

    PoolMeter(String pool) {
        this.pool = pool;
    }

    /** Begins with a state. */
    void begin(StartState state, long atMs) {
        beganMs = atMs;
        nowMs = atMs;
        lastTickMs = atMs;
        lastEndMs = atMs;
        elapsedMs = state.elapsedMs();
        state.of(Store.AGENTS).forEach(saved -> agent(((SavedAgent) saved).getAgentId(), (SavedAgent) saved));
        state.of(Store.ROLES).forEach(saved -> roles.weigh((SavedRole) saved));
        for (SpecificRecord record : state.of(Store.TASKS)) {
            SavedTask saved = (SavedTask) record;
            if (!saved.getEnded()) {
                MeteredTask task = task(state.request(saved.getTaskId()).orElseThrow());
                occupy(
                        task,
                        saved.getState() != TaskState.TASK_QUEUED && saved.getState() != TaskState.TASK_UNREACHABLE);
                queue(saved);
            }
        }
    }

    /** Takes what a step came to. */
    void step(long atMs, Input input, List<Message> messages, List<Change> changes) {
        advance(atMs);
        if (input.value() instanceof Tick) {
            roles.sample(capacity, nowMs - lastTickMs);
            lastTickMs = nowMs;
        }
        for (Change change : changes) {
            if (change.value() instanceof TaskRequest request
                    && request.getPool().equals(pool)) {
                task(request);
            }
        }
        for (Message message : messages) {
            if (message.topic() == Topic.TASK_STATUS
                    && message.value() instanceof TaskStatus status
                    && status.getPool().equals(pool)) {
                status(status);
            }
        }
        changes.forEach(this::changed);
    }

    private void changed(Change change) {
        if (change.value() instanceof SavedClock clock) {
            elapsedMs = clock.getElapsedMs();
        } else if (change.value() instanceof SavedTask saved) {
            if (saved.getPool().equals(pool)) {
                queue(saved);
            }
        } else if (change.store() == Store.AGENTS && isOfPool(change.key())) {
            agent(change.key().substring(pool.length() + 1), (SavedAgent) change.value());
        } else if (change.store() == Store.ROLES && isOfPool(change.key())) {
            if (change.value() == null) {
                roles.forgetWeight(change.key().substring(pool.length() + 1));
            } else {
                roles.weigh((SavedRole) change.value());
            }
        }
    }

    private boolean isOfPool(String key) {
        return key.startsWith(pool) && key.startsWith("/", pool.length());
    }

    private void status(TaskStatus status) {
        MeteredTask task = tasks.get(status.getTaskId());
        if (task == null || status.getSequence() == 0) {
            return;
        }
        switch (status.getState()) {
            case TASK_QUEUED -> {
                if (status.getReason() == Reason.REASON_REQUEST_ACCEPTED) {
                    task.role.submitted++;
                }
            }
            case TASK_UNREACHABLE -> occupy(task, false);
            case TASK_STAGING -> {
                if (status.getPlacement() != null) {
                    task.role.started++;
                    task.role.waits.add(status.getPlacement().getWaitedMs());
                }
                occupy(task, true);
            }
            case TASK_KILLING -> {
                task.role.preemptions += status.getReason() == Reason.REASON_PREEMPTED ? 1 : 0;
                occupy(task, true);
            }
            case TASK_LOST, TASK_GONE, TASK_GONE_BY_OPERATOR -> attemptsLost++;
            default -> {
                if (!status.getAttemptEnded()) {
                    occupy(task, true);
                }
            }
        }
        if (status.getAttemptEnded()) {
            occupy(task, false);
        }
        if (status.getTaskEnded()) {
            task.role.ended++;
            lastEndMs = nowMs;
            wait(task, false);
            tasks.remove(status.getTaskId());
        }
    }

    private MeteredTask task(TaskRequest request) {
        return tasks.computeIfAbsent(
                request.getTaskId(), id -> new MeteredTask(roles.meter(request.getRole()), request.getResources()));
    }

    private void queue(SavedTask saved) {
        MeteredTask task = tasks.get(saved.getTaskId());
        if (task != null) {
            wait(task, saved.getState() == TaskState.TASK_QUEUED && saved.getWaiting());
            task.queuedMs = saved.getQueuedMs();
        }
    }

    private static void wait(MeteredTask task, boolean waits) {
        if (task.waiting != waits) {
            task.waiting = waits;
            task.role.waiting(waits ? 1 : -1);
        }
    }

    private void occupy(MeteredTask task, boolean occupies) {
        if (task.onAgent != occupies) {
            task.onAgent = occupies;
            allocated.add(task.needs, occupies ? 1 : -1);
            task.role.allocate(task.needs, occupies ? 1 : -1);
        }
    }

    private void agent(String agentId, @Nullable SavedAgent saved) {
        Resources before = activeAgents.remove(agentId);
        if (before != null) {
            capacity.add(before, -1);
        }
        if (saved != null && saved.getState() == AgentState.AGENT_ACTIVE) {
            activeAgents.put(agentId, saved.getResources());
            capacity.add(saved.getResources(), 1);
        }
    }

    private void advance(long atMs) {
        capacityOverTime.add(capacity, (double) (atMs - nowMs));
        allocatedOverTime.add(allocated, (double) (atMs - nowMs));
        nowMs = atMs;
    }

    /** The figures, if the period ends at that time. To be called once, at the end. */
    Figures figures(long endMs) {
        advance(endMs);
        long stillRunning = 0;
        for (MeteredTask task : tasks.values()) {
            stillRunning += task.onAgent ? 1 : 0;
            if (task.waiting) {
                task.role.stillWaiting++;
                task.role.waits.add(elapsedMs - task.queuedMs);
            }
        }
        List<RoleFigures> ofRoles = roles.figures();
        return new Figures(
                ofRoles.stream().mapToLong(RoleFigures::submitted).sum(),
                ofRoles.stream().mapToLong(RoleFigures::started).sum(),
                ofRoles.stream().mapToLong(RoleFigures::ended).sum(),
                ofRoles.stream().mapToLong(RoleFigures::stillWaiting).sum(),
                stillRunning,
                roles.allWaits().figures(),
                ofRoles.stream().mapToLong(RoleFigures::preemptions).sum(),
                attemptsLost,
                part(allocatedOverTime.cpuMillis, capacityOverTime.cpuMillis),
                part(allocatedOverTime.memMib, capacityOverTime.memMib),
                part(allocatedOverTime.gpuMillis, capacityOverTime.gpuMillis),
                roles.fairness(),
                tasks.isEmpty() ? lastEndMs - beganMs : null,
                ofRoles);
    }

    private static @Nullable Double part(double part, double whole) {
        return whole > 0 ? part / whole : null;
    }
}
