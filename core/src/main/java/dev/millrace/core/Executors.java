package dev.millrace.core;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToFramework;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StopExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to an executor: it begins with a task, ends, is told to end, is found or missed when its agent registers. Mutable through
 * {@link PoolState} only; owned by the stream thread.
 */
final class Executors {
    private final PoolState state;
    private final FrameworkEvents events;

    Executors(PoolState state, FrameworkEvents events) {
        this.state = state;
        this.events = events;
    }

    /** Begins an executor, which the agent starts when its first task arrives. */
    void begin(Framework framework, Agent agent, ExecutorSpec spec, Role leaf, Outbox out) {
        state.frameworks.add(new Executor(framework.id, agent, spec, leaf), out);
    }

    /** Tells its agent to end an executor. One that is away is told when it is back, and so is one that may have missed it. */
    void stop(Executor executor, String message, Outbox out) {
        Agent agent = executor.agent;
        if (!executor.stopping) {
            executor.stopping = true;
            state.frameworks.changed(executor, out);
        }
        if (agent.isActive()) {
            StopExecutor stop = new StopExecutor(
                    state.pool,
                    agent.id,
                    agent.incarnation,
                    executor.frameworkId,
                    executor.spec.getExecutorId(),
                    message);
            out.sendToAgent(agent.id, agent.launchPartition, stop);
        }
    }

    /**
     * An agent says that an executor is over. If tasks were launched on it meanwhile, the agent starts it anew for them, and it goes on occupying
     * what it did.
     */
    void ended(ExecutorEnded ended, Outbox out) {
        Executor executor = executor(ended.getAgentId(), ended.getFrameworkId(), ended.getExecutorId());
        if (executor == null) {
            state.ignoreReport();
            return;
        }
        if (executor.tasks.isEmpty()) {
            state.frameworks.remove(executor, out);
        }
        if (state.frameworks.get(ended.getFrameworkId()) != null) {
            FrameworkFailure failure = new FrameworkFailure(
                    state.pool,
                    ended.getFrameworkId(),
                    ended.getAgentId(),
                    ended.getExecutorId(),
                    ended.getExitCode(),
                    ended.getSignal(),
                    Reason.REASON_EXECUTOR_TERMINATED,
                    ended.getMessage(),
                    events.now());
            events.send(ended.getFrameworkId(), failure, out);
        }
    }

    /** A task was told to end or has ended. After the last of a framework that is over its executors are told to end, too. */
    void taskSettled(Task task, Outbox out) {
        Framework framework = state.frameworks.get(task.frameworkId);
        if (framework != null && framework.toKill.remove(task.id) != null && framework.toKill.isEmpty()) {
            stopAll(framework, out);
        }
    }

    /** Ends the executors of a framework that is over. */
    void stopAll(Framework framework, Outbox out) {
        for (Executor executor : new ArrayList<>(framework.executors)) {
            stop(executor, "framework " + framework.id + " is over", out);
        }
    }

    /** Brings a framework what one of its executors says. */
    void message(MessageFromExecutor message, Outbox out) {
        Executor executor = executor(message.getAgentId(), message.getFrameworkId(), message.getExecutorId());
        if (executor == null || state.frameworks.get(message.getFrameworkId()) == null) {
            state.ignoreReport();
            return;
        }
        MessageToFramework toFramework = new MessageToFramework(
                state.pool, message.getFrameworkId(), message.getAgentId(), message.getExecutorId(), message.getData());
        events.send(message.getFrameworkId(), toFramework, out);
    }

    /**
     * Settles the executors that an agent lists with those that it should have, after its tasks were. What it no longer has is over; what is unknown, or
     * whose framework is over, is told to end, and occupies its resources until it has.
     */
    void reconcile(Agent agent, List<AgentExecutor> listed, Outbox out) {
        TreeMap<String, AgentExecutor> there = new TreeMap<>();
        for (AgentExecutor entry : listed) {
            there.put(Executor.key(entry.getFrameworkId(), entry.getExecutorId()), entry);
        }
        for (Executor executor : new ArrayList<>(agent.executors.values())) {
            if (there.remove(executor.key()) == null) {
                if (executor.tasks.isEmpty()) {
                    state.frameworks.remove(executor, out);
                }
            } else if (executor.stopping) {
                stop(executor, "it was to end", out);
            }
        }
        for (AgentExecutor unknown : there.values()) {
            ExecutorSpec spec = ExecutorSpec.newBuilder()
                    .setExecutorId(unknown.getExecutorId())
                    .setResources(unknown.getResources())
                    .build();
            Executor executor = new Executor(unknown.getFrameworkId(), agent, spec, null);
            state.frameworks.add(executor, out);
            stop(executor, "the scheduler does not know it", out);
        }
    }

    /** Forgets the executors of an agent that is forgotten. */
    void forgetAll(Agent agent, Outbox out) {
        for (Executor executor : new ArrayList<>(agent.executors.values())) {
            state.frameworks.remove(executor, out);
        }
    }

    private @Nullable Executor executor(String agentId, String frameworkId, String executorId) {
        Agent agent = state.agents.get(agentId);
        return agent == null ? null : agent.executors.get(Executor.key(frameworkId, executorId));
    }
}
