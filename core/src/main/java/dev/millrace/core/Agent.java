package dev.millrace.core;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.state.AgentTerms;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedOrphan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An agent and the ledger of what its attempts occupy. An agent is never given more than it has: {@code free} is what its attempts and
 * orphans leave over, whatever the agent's state. Mutable; owned by the stream thread.
 */
final class Agent {
    /** An attempt that is nobody's current one and occupies its resources until its end is reported. */
    record OrphanKey(String taskId, int attempt) implements Comparable<OrphanKey> {
        @Override
        public int compareTo(OrphanKey other) {
            int byTask = taskId.compareTo(other.taskId);
            return byTask != 0 ? byTask : Integer.compare(attempt, other.attempt);
        }
    }

    private static final int LIVENESS_BUCKETS = 4;

    final String id;
    /** The agent's place in caches; not stored. */
    final int slot;

    long incarnation;
    String workDirId = "";
    String hostname = "";
    int launchPartition;
    Resources resources = new Resources();
    String version = "";
    AgentState state = AgentState.AGENT_ACTIVE;
    /** What it was told when it registered, and goes by until it registers again. */
    AgentTerms terms;

    long heardMs;
    long sinceMs;
    long registeredWallMs;

    /** Tells caches that the attributes changed; not stored. */
    long attributesVersion;

    private List<KeyValue> attributes = List.of();
    private final Map<String, String> attributeValues = new HashMap<>();

    /** What its configuration reserves for roles. */
    List<Reservation> staticReservations = List.of();
    /** What operators reserved for roles. */
    List<Reservation> reservations = List.of();

    /** What it has in all. */
    Amount total = Amount.zero();
    /** What is left over. */
    Amount free = Amount.zero();
    /** The tasks whose current attempt it has, by id. */
    final TreeMap<String, Task> tasks = new TreeMap<>();
    /** Orphans and what they occupy. */
    final TreeMap<OrphanKey, Amount> orphans = new TreeMap<>();
    /** What is kept for waiting tasks, by their ids. */
    final TreeMap<String, Amount> holds = new TreeMap<>();
    /** True = it is in the list of what the step changed. */
    boolean touched;

    Agent(String id, int slot, AgentTerms terms) {
        this.id = id;
        this.slot = slot;
        this.terms = terms;
    }

    boolean isActive() {
        return state == AgentState.AGENT_ACTIVE;
    }

    /** How coarsely it is noted when it was heard of, in ms of elapsed time. */
    long bucketMs() {
        return Math.max(1, terms.getUnreachableTimeoutMs() / LIVENESS_BUCKETS);
    }

    /** When it is unreachable if it stays silent, in elapsed time. */
    long silentFromMs() {
        return heardMs + terms.getUnreachableTimeoutMs() + bucketMs();
    }

    /** How many attempts it has. */
    int attempts() {
        return tasks.size() + orphans.size();
    }

    @Nullable
    String attribute(String name) {
        return attributeValues.get(name);
    }

    List<KeyValue> attributes() {
        return attributes;
    }

    void attributes(List<KeyValue> attributes, long version) {
        this.attributes = attributes;
        this.attributesVersion = version;
        attributeValues.clear();
        for (KeyValue attribute : attributes) {
            attributeValues.put(attribute.getKey(), attribute.getValue());
        }
    }

    /** Takes over what a registration says of the agent itself. The ledger is for the caller to draw up anew. */
    void register(AgentRegistered registered, long attributesVersion) {
        incarnation = registered.getIncarnation();
        workDirId = registered.getWorkDirId();
        hostname = registered.getHostname();
        launchPartition = registered.getLaunchPartition();
        resources = registered.getResources();
        version = registered.getVersion();
        staticReservations = registered.getReservations();
        attributes(registered.getAttributes(), attributesVersion);
    }

    /** Keeps something for a waiting task. */
    void hold(Task task, Amount need) {
        holds.put(task.id, need);
        free.subtract(need);
    }

    /** Keeps it no longer. */
    void release(Task task) {
        Amount held = holds.remove(task.id);
        if (held != null) {
            free.add(held);
        }
    }

    /** Takes a task out of the ledger for a moment, to see what would fit without it. */
    void withdraw(Task task) {
        free.add(task.requestClass().need);
    }

    /** Puts it back as it was. */
    void reinstate(Task task) {
        free.subtract(task.requestClass().need);
    }

    /** Draws up the ledger from what the agent has and who occupies it. */
    void balance() {
        total = Amount.of(resources);
        free = total.copy();
        for (Task task : tasks.values()) {
            free.subtract(task.requestClass().need);
        }
        for (Amount orphan : orphans.values()) {
            free.subtract(orphan);
        }
        for (Amount hold : holds.values()) {
            free.subtract(hold);
        }
    }

    SavedAgent save(String pool) {
        List<SavedOrphan> savedOrphans = new ArrayList<>(orphans.size());
        for (Map.Entry<OrphanKey, Amount> orphan : orphans.entrySet()) {
            savedOrphans.add(new SavedOrphan(
                    orphan.getKey().taskId(),
                    orphan.getKey().attempt(),
                    orphan.getValue().toResources(),
                    List.of()));
        }
        return new SavedAgent(
                pool,
                id,
                incarnation,
                workDirId,
                hostname,
                launchPartition,
                resources,
                attributes,
                version,
                state,
                terms,
                heardMs,
                sinceMs,
                registeredWallMs,
                savedOrphans,
                staticReservations,
                reservations);
    }

    static Agent restore(SavedAgent saved, int slot, long attributesVersion) {
        Agent agent = new Agent(saved.getAgentId(), slot, saved.getTerms());
        agent.incarnation = saved.getIncarnation();
        agent.workDirId = saved.getWorkDirId();
        agent.hostname = saved.getHostname();
        agent.launchPartition = saved.getLaunchPartition();
        agent.resources = saved.getResources();
        agent.version = saved.getVersion();
        agent.state = saved.getState();
        agent.heardMs = saved.getHeardMs();
        agent.sinceMs = saved.getSinceMs();
        agent.registeredWallMs = saved.getRegisteredWallMs();
        agent.attributes(saved.getAttributes(), attributesVersion);
        agent.staticReservations = saved.getStaticReservations();
        agent.reservations = saved.getReservations();
        for (SavedOrphan orphan : saved.getOrphans()) {
            agent.orphans.put(new OrphanKey(orphan.getTaskId(), orphan.getAttempt()), Amount.of(orphan.getResources()));
        }
        return agent;
    }
}
