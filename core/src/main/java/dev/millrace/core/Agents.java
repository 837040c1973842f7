package dev.millrace.core;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.AgentView;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.schemas.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to an agent: it registers, is heard of, falls silent, leaves, comes back, is removed. An agent is ACTIVE or UNREACHABLE
 * until it is forgotten; only an active one is given tasks. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Agents {
    private final PoolState state;
    private final Tasks tasks;
    private final Answers answers;
    private final Offers offers;
    private final Executors executors;
    private final FrameworkEvents events;

    Agents(PoolState state, Tasks tasks, Answers answers, Offers offers, Executors executors, FrameworkEvents events) {
        this.state = state;
        this.tasks = tasks;
        this.answers = answers;
        this.offers = offers;
        this.executors = executors;
        this.events = events;
    }

    /** Takes an agent in, or back, and settles what it has with what it should have. */
    void registered(AgentRegistered registered, Outbox out) {
        Agent known = state.agents.get(registered.getAgentId());
        boolean sameWorkDir = known == null || known.workDirId.equals(registered.getWorkDirId());
        if (known != null && !sameWorkDir && known.isActive()) {
            fence(
                    registered,
                    "an agent of this id with another work directory (" + known.workDirId + " on " + known.hostname
                            + ") is alive",
                    out);
            return;
        }
        if (known != null && known.incarnation == registered.getIncarnation()) {
            repeated(known, out);
            return;
        }
        Agent agent = known == null ? state.newAgent(registered.getAgentId()) : known;
        state.capacity.remove(agent);
        state.byHeard.remove(agent);
        state.deserted.remove(agent);
        state.held.letGoOf(agent);
        offers.rescindAll(agent, Reason.REASON_AGENT_REREGISTERED, out);
        state.nearness.attributesChange(agent, () -> agent.register(registered, state.newAttributesVersion()));
        agent.state = AgentState.AGENT_ACTIVE;
        agent.terms = state.terms();
        agent.declaredLost = false;
        agent.sinceMs = state.clocks.elapsedMs();
        agent.heardMs = bucketStartMs(agent);
        agent.registeredWallMs = state.clocks.wallMs();
        state.byHeard.add(agent);
        state.touch(agent);
        accept(agent, out);
        reconcile(agent, registered, sameWorkDir, out);
        announce(agent, known == null ? Reason.REASON_NONE : Reason.REASON_AGENT_REREGISTERED, "", out);
        publishView(agent, out);
    }

    /** A registration that was taken came once more. What it lists may be out of date, so it is never settled with again. */
    private void repeated(Agent known, Outbox out) {
        if (known.isActive()) {
            accept(known, out);
        } else {
            askAgain(known.id, known.incarnation, known.launchPartition, out);
        }
    }

    /** Refuses a registration and tells the agent why. */
    void fence(AgentRegistered registered, String message, Outbox out) {
        out.sendToAgent(
                registered.getAgentId(),
                registered.getLaunchPartition(),
                new AgentFenced(state.pool, registered.getAgentId(), registered.getIncarnation(), message));
    }

    /**
     * Notes that an agent lives. One that is not counted among the active ones is asked to register again, and so is one whose terms are not
     * the pool's any more: until it has, both sides go by those that it knows.
     */
    void heard(AgentHeartbeat heartbeat, Outbox out) {
        Agent agent = state.agents.get(heartbeat.getAgentId());
        if (agent == null || agent.incarnation != heartbeat.getIncarnation() || !agent.isActive()) {
            askAgain(heartbeat.getAgentId(), heartbeat.getIncarnation(), heartbeat.getLaunchPartition(), out);
            return;
        }
        if (!agent.terms.equals(state.terms())) {
            askAgain(agent.id, agent.incarnation, agent.launchPartition, out);
        }
        long heardMs = bucketStartMs(agent);
        if (heardMs != agent.heardMs) {
            state.byHeard.remove(agent);
            agent.heardMs = heardMs;
            state.byHeard.add(agent);
            state.touch(agent);
        }
    }

    /** An agent said that it stops. Its tasks run on, and it is given no more. */
    void leaving(AgentLeaving leaving, Outbox out) {
        Agent agent = state.agents.get(leaving.getAgentId());
        if (agent != null && agent.isActive() && agent.incarnation == leaving.getIncarnation()) {
            unreachable(agent, Cause.scheduler(Reason.REASON_AGENT_LEFT, leaving.getMessage()), out);
        }
    }

    /** Ends an agent's attempts and forgets it on an operator's word. If it lives after all, what it has is an orphan from now on. */
    void removed(RemoveAgent removal, Outbox out) {
        Agent agent = state.agents.get(removal.getAgentId());
        if (agent == null) {
            String message = "no agent " + removal.getAgentId() + " is known in pool " + state.pool;
            answers.refused(removal, removal.getCommandId(), removal.getAgentId(), message, out);
            return;
        }
        for (Task task : new ArrayList<>(agent.tasks.values())) {
            tasks.goneByOperator(task, removal.getMessage(), out);
        }
        if (agent.isActive()) {
            // Makes void at once what is on its way to it.
            askAgain(agent.id, agent.incarnation, agent.launchPartition, out);
        }
        forget(agent, Cause.scheduler(Reason.REASON_AGENT_REMOVED_BY_OPERATOR, removal.getMessage()), out);
        answers.done(removal, removal.getCommandId(), agent.id, "", out);
    }

    /** The agent that has been silent for the unreachable timeout and longest of all; null = none has. */
    @Nullable
    Agent silent() {
        if (state.byHeard.isEmpty()) {
            return null;
        }
        Agent agent = state.byHeard.first();
        return agent.silentFromMs() <= state.clocks.elapsedMs() ? agent : null;
    }

    /** Gives a silent agent up for the time being. */
    void silenced(Agent agent, Outbox out) {
        unreachable(agent, Cause.scheduler(Reason.REASON_AGENT_DISCONNECTED, "no heartbeat within the timeout"), out);
    }

    /** The agent that has been unreachable and without attempts for the horizon; null = none has. */
    @Nullable
    Agent forgettable() {
        if (state.deserted.isEmpty()) {
            return null;
        }
        Agent agent = state.deserted.first();
        return agent.sinceMs + state.settings.getEndedHorizonMs() <= state.clocks.elapsedMs() ? agent : null;
    }

    /** Forgets an agent that has been away for long and has nothing. */
    void forgotten(Agent agent, Outbox out) {
        forget(agent, Cause.scheduler(Reason.REASON_AGENT_REMOVED, "unreachable for longer than the horizon"), out);
    }

    private void askAgain(String agentId, long incarnation, int launchPartition, Outbox out) {
        RegisterAgain again = new RegisterAgain(
                state.pool, agentId, incarnation, "the scheduler no longer counts on this registration");
        out.sendToAgent(agentId, launchPartition, again);
    }

    private void accept(Agent agent, Outbox out) {
        AgentAccepted accepted = new AgentAccepted(
                state.pool,
                agent.id,
                agent.incarnation,
                agent.terms.getHeartbeatIntervalMs(),
                agent.terms.getLeaseMs());
        out.sendToAgent(agent.id, agent.launchPartition, accepted);
    }

    /**
     * Settles what the agent has with what it should have: what both know goes on, what only the scheduler knows has ended, what only the
     * agent knows is an orphan, which is killed and occupies its resources until its end is reported.
     */
    private void reconcile(Agent agent, AgentRegistered registered, boolean sameWorkDir, Outbox out) {
        Map<String, AgentTask> current = new HashMap<>();
        agent.orphans.clear();
        List<AgentTask> orphans = new ArrayList<>();
        for (AgentTask entry : registered.getTasks()) {
            Task task = agent.tasks.get(entry.getTaskId());
            if (task != null && task.attempt == entry.getAttempt()) {
                current.put(task.id, entry);
            } else {
                agent.orphans.put(
                        new Agent.OrphanKey(entry.getTaskId(), entry.getAttempt()),
                        new Agent.Orphan(entry.getResources(), entry.getGpuDevices()));
                orphans.add(entry);
            }
        }
        agent.balance();
        for (Task task : new ArrayList<>(agent.tasks.values())) {
            AgentTask entry = current.get(task.id);
            if (entry == null) {
                tasks.missing(task, sameWorkDir, out);
            } else {
                tasks.returned(task, entry, out);
            }
        }
        for (AgentTask orphan : orphans) {
            tasks.sendKill(agent, orphan.getTaskId(), orphan.getAttempt(), null, Reason.REASON_TASK_UNKNOWN, out);
        }
        executors.reconcile(agent, registered.getExecutors(), out);
        state.capacity.add(agent);
        state.nearness.agentsChanged();
        state.gotRoom(agent);
    }

    private void unreachable(Agent agent, Cause cause, Outbox out) {
        state.capacity.remove(agent);
        state.byHeard.remove(agent);
        agent.state = AgentState.AGENT_UNREACHABLE;
        state.held.letGoOf(agent);
        events.agentGone(agent, cause, out);
        offers.rescindAll(agent, cause.reason(), out);
        state.nearness.agentsChanged();
        agent.sinceMs = state.clocks.elapsedMs();
        state.touch(agent);
        for (Task task : agent.tasks.values()) {
            tasks.unreachable(task, cause, out);
        }
        if (agent.tasks.isEmpty()) {
            state.deserted.add(agent);
        }
        announce(agent, cause.reason(), cause.message(), out);
        publishView(agent, out);
    }

    private void forget(Agent agent, Cause cause, Outbox out) {
        agent.state = AgentState.AGENT_REMOVED;
        state.held.letGoOf(agent);
        events.agentGone(agent, cause, out);
        offers.rescindAll(agent, cause.reason(), out);
        executors.forgetAll(agent, out);
        state.frameworks.filters.forget(agent, out);
        state.forget(agent);
        announce(agent, cause.reason(), cause.message(), out);
        out.send(Topic.CLUSTER_STATE, state.key(agent.id), null);
    }

    private void announce(Agent agent, Reason reason, String message, Outbox out) {
        AgentChanged changed = new AgentChanged(
                state.pool,
                agent.id,
                agent.incarnation,
                agent.state,
                reason,
                message,
                agent.attempts(),
                Instant.ofEpochMilli(state.clocks.wallMs()));
        out.send(Topic.DECISIONS, agent.id, changed);
    }

    private void publishView(Agent agent, Outbox out) {
        AgentView view = new AgentView(
                state.pool,
                agent.id,
                agent.hostname,
                agent.state,
                agent.resources,
                agent.attributes(),
                Instant.ofEpochMilli(agent.registeredWallMs));
        out.send(Topic.CLUSTER_STATE, state.key(agent.id), view);
    }

    private long bucketStartMs(Agent agent) {
        return state.clocks.elapsedMs() - state.clocks.elapsedMs() % agent.bucketMs();
    }
}
