package dev.millrace.core;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Validator;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedClass;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedCounters;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFilter;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedGang;
import dev.millrace.state.SavedMix;
import dev.millrace.state.SavedOffer;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedRole;
import dev.millrace.state.SavedTask;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * All that is decided on one partition: its two clocks and its pools. A step's result depends on the inputs taken so far and on nothing
 * else. Mutable; owned by the stream thread.
 */
public final class Shard {
    /** The version of the rules by which decisions are made; raised whenever the same inputs would give other outputs. */
    public static final int BEHAVIOUR = 4;

    /** So many pools may lie on one partition: each costs something at each tick. */
    static final int MAX_POOLS = 1_000;

    private final int partition;
    private final int entitiesPerStep;
    private final int launchPartitions;
    private final Clocks clocks = new Clocks();
    private final TreeMap<String, PoolScheduler> pools = new TreeMap<>();
    private final List<SavedOffer> restoredOffers = new ArrayList<>();
    private final List<SavedFilter> restoredFilters = new ArrayList<>();
    private final List<SavedExecutor> restoredExecutors = new ArrayList<>();
    private final List<SavedClass> restoredClasses = new ArrayList<>();

    /**
     * An empty shard: its state is what {@link #restore} puts into it, then {@link #restored}.
     *
     * @param partition its partition of the inbound topics
     * @param partitions how many there are
     */
    public Shard(int partition, int partitions) {
        this(partition, partitions, Budget.PER_STEP);
    }

    /** Like the other, with steps of another size; for tests. */
    Shard(int partition, int partitions, int entitiesPerStep) {
        this.partition = partition;
        this.entitiesPerStep = entitiesPerStep;
        this.launchPartitions = Topic.TASK_LAUNCHES.partitions(partitions);
    }

    /** Takes one input. What follows from it is added to {@code out}, which the caller has cleared. */
    public void on(Input input, Outbox out) {
        if (input.value() instanceof Tick tick) {
            tick(tick, input.timestampMs(), out);
            return;
        }
        String fault = identityFault(input.value());
        if (!fault.isEmpty()) {
            out.reject(DeadLetterReason.INVALID, fault);
            return;
        }
        String pool = Pools.of(input.value()).orElseThrow();
        if (!pools.containsKey(pool) && pools.size() >= MAX_POOLS && makesPools(input.value())) {
            emptyPool(pool)
                    .refuse(input.value(), "its partition has " + MAX_POOLS + " pools, and may not have more", out);
            return;
        }
        clocks.begin(input.timestampMs(), out);
        if (pools.containsKey(pool) || makesPools(input.value())) {
            pool(pool).on(input.value(), new Budget(entitiesPerStep), out);
        } else {
            emptyPool(pool).answer(input.value(), out);
        }
    }

    /** Whether a pool begins with such an input. All others are about what a pool has: one that does not exist has nothing. */
    private static boolean makesPools(SpecificRecord value) {
        return value instanceof TaskRequest
                || value instanceof AgentRegistered
                || value instanceof ConfigurePool
                || value instanceof SetRole
                || value instanceof Subscribe;
    }

    /** The wall clock in ms since the epoch; 0 = nothing was taken yet. */
    public long wallMs() {
        return clocks.wallMs();
    }

    /** Puts a stored record back, in any order, before {@link #restored}. */
    public void restore(Store store, SpecificRecord value) {
        switch (store) {
            case CLOCK -> clocks.restore((SavedClock) value);
            case POOLS -> pool(((SavedPool) value).getPool()).state().restore((SavedPool) value);
            case COUNTERS -> pool(((SavedCounters) value).getPool()).state().restore((SavedCounters) value);
            case AGENTS -> {
                SavedAgent saved = (SavedAgent) value;
                PoolState pool = pool(saved.getPool()).state();
                pool.addRestored(Agent.restore(saved, pool.takeSlot(), pool.newAttributesVersion()));
            }
            case REQUESTS -> {
                TaskRequest request = (TaskRequest) value;
                pool(request.getPool()).state().addRestored(request);
            }
            case TASKS -> {
                SavedTask saved = (SavedTask) value;
                pool(saved.getPool()).state().addRestored(Task.restore(saved));
            }
            case CLASSES -> restoredClasses.add((SavedClass) value);
            case ROLES -> pool(((SavedRole) value).getPool()).state().restore((SavedRole) value);
            case FRAMEWORKS -> {
                SavedFramework saved = (SavedFramework) value;
                pool(saved.getPool()).state().frameworks.restore(saved);
            }
            case OFFERS -> restoredOffers.add((SavedOffer) value);
            case FILTERS -> restoredFilters.add((SavedFilter) value);
            case EXECUTORS -> restoredExecutors.add((SavedExecutor) value);
            case GANGS -> pool(((SavedGang) value).getPool()).state().gangs.restore((SavedGang) value);
            case MIX -> pool(((SavedMix) value).getPool()).state().restore((SavedMix) value);
            case PARTITION -> throw new IllegalArgumentException("the shell keeps the partition's record to itself");
        }
    }

    /** Rebuilds the indexes after the last {@link #restore}; called once, also when nothing was restored. */
    public void restored() {
        for (SavedExecutor saved : restoredExecutors) {
            pool(saved.getPool()).state().frameworks.restore(saved);
        }
        for (SavedOffer saved : restoredOffers) {
            pool(saved.getPool()).state().frameworks.restore(saved);
        }
        for (SavedFilter saved : restoredFilters) {
            pool(saved.getPool()).state().frameworks.filters.restore(saved);
        }
        for (PoolScheduler pool : pools.values()) {
            pool.state().restoredAll();
        }
        for (SavedClass saved : restoredClasses) {
            pool(saved.getExplained().getPool()).state().restore(saved);
        }
        restoredExecutors.clear();
        restoredOffers.clear();
        restoredFilters.clear();
        restoredClasses.clear();
    }

    /** How a pool's roles stand, parents before their children; empty if the pool is not known. */
    public List<RoleReport> roles(String pool) {
        PoolScheduler known = pools.get(pool);
        return known == null ? List.of() : known.questions().roles();
    }

    /** Why a task is where it is; empty if it is not known. */
    public Optional<TaskExplanation> explain(String pool, String taskId) {
        PoolScheduler known = pools.get(pool);
        return known == null ? Optional.empty() : known.questions().explain(taskId);
    }

    /**
     * What would become of these requests if they were sent now, one after the other. This shard takes them, so it has to be a copy that
     * nobody goes on with.
     *
     * @param requests requests of one pool
     * @return one answer for each, in their order
     */
    public List<PlannedTask> plan(List<TaskRequest> requests) {
        Map<String, String> refusals = new HashMap<>();
        for (PoolScheduler pool : pools.values()) {
            if (pool.state().continueSentMs != PoolState.NO_CONTINUE) {
                finish(new Continue(pool.state().pool));
            }
        }
        for (TaskRequest request : requests) {
            refusals.remove(request.getTaskId());
            for (Message message : finish(request)) {
                if (message.value() instanceof TaskStatus status
                        && status.getSequence() == 0
                        && status.getTaskId().equals(request.getTaskId())) {
                    refusals.put(request.getTaskId(), status.getMessage());
                }
            }
        }
        List<PlannedTask> planned = new ArrayList<>(requests.size());
        for (TaskRequest request : requests) {
            PoolScheduler pool = pools.get(request.getPool());
            planned.add((pool == null ? emptyPool(request.getPool()) : pool)
                    .questions()
                    .planned(request.getTaskId(), refusals.get(request.getTaskId())));
        }
        return planned;
    }

    /** Takes an input and all that it makes the shard send itself. */
    private List<Message> finish(SpecificRecord first) {
        List<Message> messages = new ArrayList<>();
        ArrayDeque<SpecificRecord> inputs = new ArrayDeque<>(List.of(first));
        while (!inputs.isEmpty()) {
            SpecificRecord value = inputs.remove();
            Topic topic = value instanceof Continue ? Topic.INTERNAL : Topic.TASK_REQUESTS;
            Outbox out = new Outbox();
            on(new Input(topic, Math.max(1, wallMs()), value), out);
            for (Message message : out.messages()) {
                messages.add(message);
                if (message.value() instanceof Continue more) {
                    inputs.add(more);
                }
            }
        }
        return messages;
    }

    /** The pools in the order of their names; for tests of what a restart rebuilds. */
    Iterable<PoolScheduler> pools() {
        return pools.values();
    }

    private void tick(Tick tick, long timestampMs, Outbox out) {
        List<String> faults = Validator.faults(tick);
        if (!faults.isEmpty() || tick.getPartition() != partition) {
            out.reject(
                    DeadLetterReason.INVALID,
                    faults.isEmpty() ? "a tick of partition " + tick.getPartition() : String.join("; ", faults));
            return;
        }
        clocks.tick(timestampMs, tick.getIntervalMs());
        clocks.save(out);
        Budget budget = new Budget(entitiesPerStep);
        for (PoolScheduler pool : pools.values()) {
            pool.tick(budget, out);
        }
    }

    private String identityFault(SpecificRecord value) {
        List<String> faults = new ArrayList<>(Validator.identityFaults(value));
        if (value instanceof AgentRegistered registered) {
            addLaunchPartitionFault(registered.getLaunchPartition(), faults);
        } else if (value instanceof AgentHeartbeat heartbeat) {
            addLaunchPartitionFault(heartbeat.getLaunchPartition(), faults);
        }
        return String.join("; ", faults);
    }

    private void addLaunchPartitionFault(int launchPartition, List<String> faults) {
        if (launchPartition < 0 || launchPartition >= launchPartitions) {
            faults.add("launchPartition " + launchPartition + " must be 0 to " + (launchPartitions - 1));
        }
    }

    /** A pool that has nothing, and that nobody will remember. */
    private PoolScheduler emptyPool(String name) {
        return new PoolScheduler(new PoolState(name, clocks));
    }

    private PoolScheduler pool(String name) {
        return pools.computeIfAbsent(name, n -> {
            PoolState state = new PoolState(n, clocks);
            state.touchPool();
            return new PoolScheduler(state);
        });
    }
}
