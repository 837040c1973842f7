package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedOrphan;
import dev.millrace.state.SavedTask;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The agents of a model. They answer launches and kills when attempts were seen to start, end and die, send heartbeats, and are away when they
 * were. What is due is had from {@link #fire}, in order. Mutable; owned by the model.
 */
final class ModelAgents {
    /** What can be due. */
    private enum Kind {
        LAST_HEARTBEAT,
        OUTAGE,
        START,
        END,
        KILLED
    }

    /**
     * Something that happens to an agent or to one of its attempts.
     *
     * @param atMs when
     * @param order the order of what happens at the same time
     */
    record Due(
            long atMs,
            long order,
            Kind kind,
            ModelAgent agent,
            @Nullable ModelAttempt attempt) {}

    private record Beat(long atMs, long order, ModelAgent agent) {}

    private final String pool;
    private final ObservedRuns runs;
    private final long killMs;
    private final TreeMap<String, ModelAgent> agents = new TreeMap<>();
    private final Map<String, Integer> endedOfItself = new HashMap<>();
    private final Map<String, Integer> launched = new HashMap<>();
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::atMs).thenComparingLong(Due::order));
    private final PriorityQueue<Beat> beats =
            new PriorityQueue<>(Comparator.comparingLong(Beat::atMs).thenComparingLong(Beat::order));
    private long order;

    ModelAgents(Recording recording) {
        pool = recording.pool();
        runs = recording.runs();
        killMs = runs.killMs(0);
        for (Outage outage : recording.outages()) {
            ModelAgent agent = agent(outage.agentId());
            schedule(outage.lastHeartbeatMs(), Kind.LAST_HEARTBEAT, agent, null);
            schedule(outage.lastHeardMs(), Kind.OUTAGE, agent, null);
        }
        begin(recording.start(), recording.beganMs());
    }

    private void begin(StartState start, long nowMs) {
        for (SpecificRecord record : start.of(Store.AGENTS)) {
            SavedAgent saved = (SavedAgent) record;
            ModelAgent agent = agent(saved.getAgentId());
            agent.incarnation = saved.getIncarnation();
            agent.launchPartition = saved.getLaunchPartition();
            agent.heartbeatIntervalMs = saved.getTerms().getHeartbeatIntervalMs();
            agent.up = saved.getState() == AgentState.AGENT_ACTIVE;
            beat(agent, nowMs);
            for (SavedOrphan orphan : saved.getOrphans()) {
                ModelAttempt.Id id = new ModelAttempt.Id(orphan.getTaskId(), orphan.getAttempt());
                ModelAttempt attempt =
                        new ModelAttempt(id, agent, Run.ENDLESS, orphan.getResources(), orphan.getGpuDevices());
                attempt.startedMs = nowMs;
                agent.attempts.put(id, attempt);
                kill(attempt, nowMs);
            }
        }
        for (SpecificRecord record : start.of(Store.TASKS)) {
            SavedTask saved = (SavedTask) record;
            if (!saved.getEnded() && saved.getAgentId() != null && saved.getState() != TaskState.TASK_QUEUED) {
                begin(saved, start, nowMs);
            }
        }
    }

    private void begin(SavedTask saved, StartState start, long nowMs) {
        ModelAgent agent = agent(String.valueOf(saved.getAgentId()));
        Run run = runs.next(saved.getTaskId(), 0);
        ModelAttempt attempt = new ModelAttempt(
                new ModelAttempt.Id(saved.getTaskId(), saved.getAttempt()),
                agent,
                run,
                ModelAttempt.occupied(
                        start.request(saved.getTaskId()).orElseThrow().getResources(), saved.getPorts()),
                saved.getGpuDevices());
        attempt.reportSequence = saved.getReportSequence();
        agent.attempts.put(attempt.id, attempt);
        if (saved.getRunningSinceMs() >= 0) {
            // Its start was seen before the period, if at all.
            attempt.startedMs = nowMs - (start.elapsedMs() - saved.getRunningSinceMs());
            scheduleEnd(attempt);
        } else {
            long launchedMs = nowMs - (start.elapsedMs() - saved.getPlacedMs());
            schedule(launchedMs + startDelayMs(saved.getTaskId()), Kind.START, agent, attempt);
        }
        if (saved.getState() == TaskState.TASK_KILLING) {
            kill(attempt, nowMs);
        }
    }

    private ModelAgent agent(String agentId) {
        return agents.computeIfAbsent(agentId, id -> new ModelAgent(id, null));
    }

    /** The registration of an agent that is there beside the others. */
    AgentRegistered add(AgentRegistered added) {
        ModelAgent agent = new ModelAgent(added.getAgentId(), added);
        agents.put(agent.id, agent);
        return agent.registration(added, added.getIncarnation());
    }

    /** An agent is gone for good. */
    void remove(String agentId) {
        ModelAgent removed = agents.remove(agentId);
        if (removed != null) {
            removed.up = false;
        }
    }

    /** A recorded registration with what the agent has in the model. */
    AgentRegistered registration(AgentRegistered recorded, boolean tasksLost) {
        ModelAgent agent = agent(recorded.getAgentId());
        if (tasksLost) {
            agent.attempts.values().forEach(attempt -> attempt.ended = true);
            agent.attempts.clear();
        }
        return agent.registration(recorded, recorded.getIncarnation());
    }

    /** An agent says that it leaves. */
    void leave(String agentId) {
        agent(agentId).up = false;
    }

    void launch(LaunchTask launch, long nowMs) {
        ModelAgent agent = agent(launch.getAgentId());
        if (!agent.up) {
            return;
        }
        String taskId = launch.getRequest().getTaskId();
        ModelAttempt attempt = ModelAttempt.of(launch, agent, runs.next(taskId, endedOfItself.getOrDefault(taskId, 0)));
        if (agent.attempts.putIfAbsent(attempt.id, attempt) == null) {
            schedule(nowMs + startDelayMs(taskId), Kind.START, agent, attempt);
        }
    }

    private long startDelayMs(String taskId) {
        int launchedNow = launched.merge(taskId, 1, Integer::sum);
        return runs.startDelayMs(taskId, launchedNow - 1);
    }

    void kill(KillTask kill, long nowMs) {
        ModelAgent agent = agent(kill.getAgentId());
        ModelAttempt attempt = agent.attempts.get(new ModelAttempt.Id(kill.getTaskId(), kill.getAttempt()));
        if (attempt != null && agent.up) {
            kill(attempt, nowMs);
        }
    }

    private void kill(ModelAttempt attempt, long nowMs) {
        if (!attempt.killed) {
            attempt.killed = true;
            schedule(nowMs + killMs, Kind.KILLED, attempt.agent, attempt);
        }
    }

    /** An agent's registration was taken: it is back with all that happened meanwhile. */
    void accepted(AgentAccepted accepted, AgentRegistered registered, long nowMs) {
        ModelAgent agent = agent(accepted.getAgentId());
        agent.incarnation = accepted.getIncarnation();
        agent.launchPartition = registered.getLaunchPartition();
        agent.heartbeatIntervalMs = accepted.getHeartbeatIntervalMs();
        agent.up = true;
        agent.silent = false;
        due.addAll(agent.deferred);
        agent.deferred.clear();
        beat(agent, nowMs);
    }

    /** The registration of an added agent that is asked for one. Others register when they did. */
    Optional<AgentRegistered> again(RegisterAgain again) {
        ModelAgent agent = agents.get(again.getAgentId());
        return agent == null || agent.added == null || again.getIncarnation() != agent.incarnation
                ? Optional.empty()
                : Optional.of(agent.registration(agent.added, agent.incarnation + 1));
    }

    /** When something is due next. */
    long nextMs() {
        Due first = due.peek();
        return first == null ? Long.MAX_VALUE : first.atMs();
    }

    /** Lets happen what is due next; what an agent says of it. */
    Optional<SpecificRecord> fire(long nowMs) {
        Due next = due.remove();
        ModelAgent agent = next.agent();
        ModelAttempt attempt = next.attempt();
        if (attempt == null) {
            boolean heard = agent.up && next.kind() == Kind.LAST_HEARTBEAT;
            agent.up &= next.kind() != Kind.OUTAGE;
            agent.silent = true;
            return heard ? Optional.of(agent.heartbeat(pool, nowMs)) : Optional.empty();
        }
        if (attempt.ended) {
            return Optional.empty();
        }
        if (!agent.up) {
            agent.deferred.add(next);
            return Optional.empty();
        }
        return switch (next.kind()) {
            case START -> start(attempt, next.atMs());
            case END -> Optional.of(endOfItself(attempt, nowMs));
            case KILLED -> {
                end(attempt);
                yield Optional.of(attempt.killed(pool, nowMs));
            }
            case LAST_HEARTBEAT, OUTAGE -> throw new IllegalStateException("an outage is of no attempt");
        };
    }

    private Optional<SpecificRecord> start(ModelAttempt attempt, long atMs) {
        if (!attempt.run.runs()) {
            return Optional.of(endOfItself(attempt, atMs));
        }
        attempt.startedMs = atMs;
        scheduleEnd(attempt);
        return Optional.of(attempt.running(pool));
    }

    private TaskReport endOfItself(ModelAttempt attempt, long nowMs) {
        end(attempt);
        endedOfItself.merge(attempt.id.taskId(), 1, Integer::sum);
        return attempt.endedOfItself(pool, nowMs);
    }

    private static void end(ModelAttempt attempt) {
        attempt.ended = true;
        attempt.agent.attempts.remove(attempt.id);
    }

    private void scheduleEnd(ModelAttempt attempt) {
        if (attempt.run.runMs() != Run.UNSEEN) {
            schedule(attempt.startedMs + attempt.run.runMs(), Kind.END, attempt.agent, attempt);
        }
    }

    private void schedule(long atMs, Kind kind, ModelAgent agent, @Nullable ModelAttempt attempt) {
        due.add(new Due(atMs, order++, kind, agent, attempt));
    }

    /** The heartbeat that is due; empty if none is. */
    Optional<AgentHeartbeat> heartbeat(long nowMs) {
        while (!beats.isEmpty() && beats.peek().atMs() <= nowMs) {
            ModelAgent agent = beats.remove().agent();
            if (agents.get(agent.id) == agent) {
                beats.add(new Beat(nowMs + agent.heartbeatIntervalMs, order++, agent));
                if (agent.up && !agent.silent) {
                    return Optional.of(agent.heartbeat(pool, nowMs));
                }
            }
        }
        return Optional.empty();
    }

    private void beat(ModelAgent agent, long nowMs) {
        if (!agent.beats) {
            agent.beats = true;
            beats.add(new Beat(nowMs + agent.heartbeatIntervalMs, order++, agent));
        }
    }
}
