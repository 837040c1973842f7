package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An agent of a model. Mutable; owned by the model's agents. */
final class ModelAgent {
    final String id;
    /** How it registers again of its own accord; null = it registers when it did. */
    final @Nullable AgentRegistered added;

    /** What it has and whose end it has not reported. */
    final TreeMap<ModelAttempt.Id, ModelAttempt> attempts = new TreeMap<>();
    /** What would have happened to it while it is away. */
    final List<ModelAgents.Due> deferred = new ArrayList<>();

    long incarnation;
    int launchPartition;
    long heartbeatIntervalMs;
    /** False = nobody hears of it, and it hears of nobody. */
    boolean up;
    /** True = it is going to be away, and sends no more heartbeats. */
    boolean silent;

    /** True = it is among those whose heartbeats fall due. */
    boolean beats;

    ModelAgent(String id, @Nullable AgentRegistered added) {
        this.id = id;
        this.added = added;
    }

    AgentHeartbeat heartbeat(String pool, long nowMs) {
        return new AgentHeartbeat(pool, id, incarnation, launchPartition, attempts.size(), Instant.ofEpochMilli(nowMs));
    }

    /** The registration with what the agent has in the model. */
    AgentRegistered registration(AgentRegistered as, long newIncarnation) {
        List<AgentTask> tasks =
                attempts.values().stream().map(ModelAttempt::listed).toList();
        return AgentRegistered.newBuilder(as)
                .setIncarnation(newIncarnation)
                .setTasks(tasks)
                .setExecutors(List.of())
                .build();
    }
}
