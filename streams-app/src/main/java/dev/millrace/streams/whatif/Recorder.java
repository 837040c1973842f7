package dev.millrace.streams.whatif;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.contract.Unreserve;
import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedAgent;
import dev.millrace.streams.replay.ReplayWatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;

/**
 * Watches a replay of a pool's partition and keeps what a model needs of one period: the state at its beginning, then what was asked for, how
 * long it ran and when agents failed. The period begins with the first tick at or after its beginning, and ends before the first one after its
 * end. Mutable; owned by the thread that replays.
 */
public final class Recorder implements ReplayWatcher {
    private final String pool;
    private final int partitions;
    private final long fromMs;
    private final long toMs;
    private final StartState state;
    private final PoolMeter meter;
    private final ObservedRuns runs;
    private final List<Demand> demand = new ArrayList<>();
    private final Map<String, Long> heartbeatMs = new HashMap<>();
    private final Map<String, Long> heardMs = new HashMap<>();
    private final List<Outage> outages = new ArrayList<>();
    private boolean begun;
    private boolean over;
    private long beganMs;
    private long nowMs;
    private long frameworkTasks;

    /**
     * @param pool the pool
     * @param partitions how many partitions the inbound topics have
     * @param fromMs the period's beginning in ms since the epoch; {@link Long#MIN_VALUE} = with the first input
     * @param toMs its end; {@link Long#MAX_VALUE} = with the last input
     */
    public Recorder(String pool, int partitions, long fromMs, long toMs) {
        this.pool = pool;
        this.partitions = partitions;
        this.fromMs = fromMs;
        this.toMs = toMs;
        state = new StartState(pool);
        meter = new PoolMeter(pool);
        runs = new ObservedRuns(pool);
    }

    @Override
    public void restored(SpecificRecord record) {
        state.put(record);
    }

    @Override
    public void decided(Input input, List<Message> messages, List<Change> changes) {
        boolean tick = input.value() instanceof Tick;
        over |= tick && input.timestampMs() > toMs;
        if (over) {
            return;
        }
        if (!begun && (fromMs == Long.MIN_VALUE || (tick && input.timestampMs() >= fromMs))) {
            begin(input.timestampMs());
        }
        if (!begun) {
            state.apply(changes);
            return;
        }
        nowMs = Math.max(nowMs, input.timestampMs());
        if (tick || Pools.of(input.value()).filter(pool::equals).isPresent()) {
            keep(input, messages, changes);
        }
        meter.step(nowMs, input, messages, changes);
        runs.step(nowMs, messages);
    }

    private void begin(long atMs) {
        begun = true;
        beganMs = atMs;
        nowMs = atMs;
        state.makeOrdinary();
        meter.begin(state, atMs);
        runs.begin(state, atMs);
    }

    private void keep(Input input, List<Message> messages, List<Change> changes) {
        SpecificRecord value = input.value();
        heard(value);
        failed(messages);
        if (isDemand(value)) {
            boolean tasksLost = value instanceof AgentRegistered registered
                    && registered.getTasks().isEmpty()
                    && anyGone(registered.getAgentId(), messages);
            demand.add(new Demand(nowMs, input, tasksLost));
        } else if (value instanceof AcceptOffers) {
            keepLaunched(messages, changes);
        }
    }

    private static boolean isDemand(SpecificRecord value) {
        return value instanceof Tick
                || value instanceof TaskRequest
                || value instanceof KillRequest
                || value instanceof AgentRegistered
                || value instanceof AgentLeaving
                || value instanceof RemoveAgent
                || value instanceof ConfigurePool
                || value instanceof SetRole
                || value instanceof RemoveRole
                || value instanceof Reserve
                || value instanceof Unreserve;
    }

    private void heard(SpecificRecord value) {
        if (value instanceof AgentHeartbeat heartbeat) {
            heartbeatMs.put(heartbeat.getAgentId(), nowMs);
            heardMs.put(heartbeat.getAgentId(), nowMs);
        } else if (value instanceof AgentRegistered registered) {
            heartbeatMs.put(registered.getAgentId(), nowMs);
            heardMs.put(registered.getAgentId(), nowMs);
        } else if (value instanceof TaskReport report) {
            heardMs.put(report.getAgentId(), nowMs);
        }
    }

    private void failed(List<Message> messages) {
        for (Message message : messages) {
            if (message.value() instanceof AgentChanged changed
                    && changed.getPool().equals(pool)
                    && changed.getState() == AgentState.AGENT_UNREACHABLE
                    && changed.getReason() != Reason.REASON_AGENT_LEFT) {
                String agentId = changed.getAgentId();
                outages.add(new Outage(
                        agentId, heartbeatMs.getOrDefault(agentId, beganMs), heardMs.getOrDefault(agentId, beganMs)));
            }
        }
    }

    private static boolean anyGone(String agentId, List<Message> messages) {
        return messages.stream()
                .anyMatch(message -> message.value() instanceof TaskStatus status
                        && status.getState() == TaskState.TASK_GONE
                        && status.getReason() == Reason.REASON_AGENT_RESTARTED
                        && agentId.equals(status.getAgentId()));
    }

    /** Keeps what a framework launched as if it had been requested then. */
    private void keepLaunched(List<Message> messages, List<Change> changes) {
        Set<String> launched = new HashSet<>();
        for (Message message : messages) {
            if (message.value() instanceof TaskStatus status
                    && status.getState() == TaskState.TASK_STAGING
                    && !status.getFrameworkId().isEmpty()
                    && status.getPlacement() != null) {
                launched.add(status.getTaskId());
            }
        }
        for (Change change : changes) {
            if (change.value() instanceof TaskRequest request && launched.contains(request.getTaskId())) {
                frameworkTasks++;
                Input asked = new Input(Topic.TASK_REQUESTS, nowMs, FrameworkTasks.asRequested(request));
                demand.add(new Demand(nowMs, asked, false));
            }
        }
    }

    /** What was seen; empty if there was no input within the period. To be called once, at the end. */
    Optional<Recording> recording() {
        if (!begun) {
            return Optional.empty();
        }
        runs.finish();
        Set<String> agents = new HashSet<>(heardMs.keySet());
        state.of(Store.AGENTS).forEach(saved -> agents.add(((SavedAgent) saved).getAgentId()));
        return Optional.of(new Recording(
                pool,
                Topics.partition(pool, partitions),
                partitions,
                beganMs,
                nowMs,
                state,
                demand,
                outages,
                runs,
                agents,
                frameworkTasks,
                meter.figures(nowMs)));
    }
}
