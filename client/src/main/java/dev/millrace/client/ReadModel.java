package dev.millrace.client;

import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.MillraceDeserializer;
import dev.millrace.schemas.RequestClasses;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.TopicSchemaLookup;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedClass;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedCounters;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFilter;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedGang;
import dev.millrace.state.SavedOffer;
import dev.millrace.state.SavedOrphan;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler's state for those who only look: pools, agents, frameworks, tasks that run, wait, or have ended and are still remembered. It is read
 * from the changelogs of the scheduler's stores, committed records only, so it asks no scheduler and needs none to run. It shows the state
 * as of the last {@link #refresh}; {@link #recordsBehind} says how much has happened since, and {@link #asOf} when the scheduler last
 * moved. Thread-safe; calls wait for each other.
 */
public final class ReadModel implements AutoCloseable {
    private static final Duration LOAD_TIMEOUT = Duration.ofMinutes(2);
    private static final Set<Store> STORES = EnumSet.complementOf(EnumSet.of(Store.PARTITION));
    private static final String CLOCK_KEY = "clock";
    private static final Set<TaskState> OCCUPYING = EnumSet.of(
            TaskState.TASK_STAGING,
            TaskState.TASK_STARTING,
            TaskState.TASK_RUNNING,
            TaskState.TASK_KILLING,
            TaskState.TASK_UNREACHABLE);

    private final StoreContents reader;
    private final Optional<TopicSchemaLookup> schemas;
    private final MillraceDeserializer deserializer;

    /** Takes a record that is stored. */
    @FunctionalInterface
    public interface StoredTaker {
        void take(Store store, int partition, byte[] key, byte[] value);
    }

    private ReadModel(ClusterConfig config, ChangelogReader.Choice choice) {
        TopicSchemaLookup lookup = new TopicSchemaLookup(config.consumerProperties(), config.topics());
        schemas = Optional.of(lookup);
        deserializer = new MillraceDeserializer(lookup);
        reader = new ChangelogReader(config, STORES, choice);
        boolean loaded = false;
        try {
            reader.readOn(LOAD_TIMEOUT);
            loaded = true;
        } finally {
            if (!loaded) {
                close();
            }
        }
    }

    private ReadModel(StoreContents contents) {
        schemas = Optional.empty();
        deserializer = new MillraceDeserializer();
        reader = contents;
    }

    /**
     * The state that somebody hands over, such as that of a past moment. It never changes.
     *
     * @param partitions how many partitions the state is divided into
     * @param source is called once, and hands over each record that is stored
     */
    public static ReadModel frozen(int partitions, Consumer<StoredTaker> source) {
        FrozenContents contents = new FrozenContents(partitions);
        source.accept(contents::take);
        return new ReadModel(contents);
    }

    /**
     * Loads the state of all pools.
     *
     * @throws ClusterException if the brokers cannot be reached
     */
    public static ReadModel of(ClusterConfig config) {
        return new ReadModel(config, count -> OptionalInt.empty());
    }

    /** Loads the state of one pool, and of those that share its partition; otherwise as {@link #of(ClusterConfig)}. */
    public static ReadModel of(ClusterConfig config, String pool) {
        return new ReadModel(config, count -> OptionalInt.of(Topics.partition(pool, count)));
    }

    /**
     * Whether schedulers have run and none of them has had any input for a pool. Reads what is stored of pools, and nothing of tasks and agents.
     *
     * @throws ClusterException if the brokers cannot be reached
     */
    public static boolean isNewPool(ClusterConfig config, String pool) {
        ChangelogReader.Choice itsPartition = count -> OptionalInt.of(Topics.partition(pool, count));
        try (ChangelogReader pools = new ChangelogReader(config, EnumSet.of(Store.POOLS), itsPartition)) {
            pools.readOn(LOAD_TIMEOUT);
            Changelog changelog = pools.changelog(Store.POOLS);
            return pools.exists() && changelog.get(Topics.partition(pool, changelog.partitionCount()), pool) == null;
        }
    }

    /** False = no scheduler has ever run on this cluster, so everything is empty. */
    public synchronized boolean exists() {
        return reader.exists();
    }

    /**
     * Goes on to what is committed at the time of the call.
     *
     * @throws ClusterException if it takes longer than the timeout or the brokers cannot be reached
     */
    public synchronized void refresh(Duration timeout) {
        reader.readOn(timeout);
    }

    /** How many changes were committed since the last refresh. */
    public synchronized long recordsBehind() {
        return reader.recordsBehind();
    }

    /** The scheduler's wall clock, as of its last tick that was read, in the partition where it is most behind; empty before the first. */
    public synchronized Optional<Instant> asOf() {
        return reader.changelog(Store.CLOCK).all(CLOCK_KEY).stream()
                .map(value -> decode(value, SavedClock.class).getWallMs())
                .filter(wallMs -> wallMs > 0)
                .min(Comparator.naturalOrder())
                .map(Instant::ofEpochMilli);
    }

    /** The clocks of a pool's partition, against which a task's times are to be seen; empty before the first tick. */
    public synchronized Optional<SavedClock> clock(String pool) {
        return get(Store.CLOCK, pool, CLOCK_KEY, SavedClock.class);
    }

    /** One task; empty if there is none, or it ended and is no longer remembered. */
    public synchronized Optional<TaskView> task(String pool, String taskId) {
        return get(Store.TASKS, pool, pool + '/' + taskId, SavedTask.class).map(this::view);
    }

    /** The tasks of that id in whatever pool. */
    public synchronized List<TaskView> tasksOfId(String taskId) {
        return tasks(TaskFilter.all().withIdPrefix(taskId)).stream()
                .filter(view -> view.taskId().equals(taskId))
                .toList();
    }

    /** The tasks that a filter admits, by pool, in the order of submission. */
    public synchronized List<TaskView> tasks(TaskFilter filter) {
        return savedTasks(filter)
                .sorted(Comparator.comparing(SavedTask::getPool).thenComparingLong(SavedTask::getSubmission))
                .map(this::view)
                .toList();
    }

    /** How a task waits for resources; empty if it does not. All waiting tasks of its pool are looked at. */
    public synchronized Optional<Waiting> waiting(TaskView view) {
        TaskRequest request = view.request().orElse(null);
        if (request == null || !view.task().getWaiting()) {
            return Optional.empty();
        }
        List<SavedTask> queue = savedTasks(TaskFilter.all().inPool(view.pool()).live())
                .filter(SavedTask::getWaiting)
                .toList();
        long ahead = queue.parallelStream()
                .filter(other -> isAhead(other, view.task(), request.getPriority()))
                .count();
        String requestClass = RequestClasses.text(request);
        return Optional.of(new Waiting(
                requestClass,
                get(Store.CLASSES, view.pool(), view.pool() + '/' + requestClass, SavedClass.class)
                        .map(SavedClass::getExplained),
                ahead + 1,
                queue.size()));
    }

    /** The agents of a pool, or of all if it is empty, by pool and id, with what is on them. */
    public synchronized List<AgentSummary> agents(String pool) {
        ResourceSums attempts = new ResourceSums();
        ResourceSums executors = new ResourceSums();
        ResourceSums occupied = new ResourceSums();
        ResourceSums offered = new ResourceSums();
        for (SavedTask task : savedTasks(
                        TaskFilter.all().inPool(pool).inStates(OCCUPYING).live())
                .toList()) {
            String on = task.getPool() + '/' + task.getAgentId();
            view(task).request().ifPresent(request -> {
                attempts.add(on, request.getResources());
                occupied.add(on, request.getResources());
            });
        }
        for (SavedExecutor executor : values(Store.EXECUTORS, pool, SavedExecutor.class)) {
            String on = executor.getPool() + '/' + executor.getAgentId();
            executors.add(on, executor.getExecutor().getResources());
            occupied.add(on, executor.getExecutor().getResources());
        }
        for (SavedOffer offer : values(Store.OFFERS, pool, SavedOffer.class)) {
            offered.add(offer.getPool() + '/' + offer.getAgentId(), offer.getResources());
        }
        List<AgentSummary> agents = new ArrayList<>();
        for (SavedAgent agent : values(Store.AGENTS, pool, SavedAgent.class)) {
            String key = agent.getPool() + '/' + agent.getAgentId();
            for (SavedOrphan orphan : agent.getOrphans()) {
                attempts.add(key, orphan.getResources());
                occupied.add(key, orphan.getResources());
            }
            agents.add(new AgentSummary(
                    agent,
                    attempts.of(key).count(),
                    executors.of(key).count(),
                    occupied.of(key).sum(),
                    offered.of(key).sum()));
        }
        agents.sort(
                Comparator.comparing((AgentSummary summary) -> summary.agent().getPool())
                        .thenComparing(summary -> summary.agent().getAgentId()));
        return agents;
    }

    /** The frameworks of a pool, or of all if it is empty, by pool and id, with what they have. */
    public synchronized List<FrameworkSummary> frameworks(String pool) {
        ResourceSums occupied = new ResourceSums();
        Map<String, Integer> tasks = new HashMap<>();
        for (SavedTask task : savedTasks(TaskFilter.all().inPool(pool).live())
                .filter(task -> !task.getFrameworkId().isEmpty())
                .toList()) {
            String of = task.getPool() + '/' + task.getFrameworkId();
            tasks.merge(of, 1, Integer::sum);
            if (OCCUPYING.contains(task.getState())) {
                view(task).request().ifPresent(request -> occupied.add(of, request.getResources()));
            }
        }
        Map<String, List<SavedOffer>> offers = offers(pool).stream()
                .collect(Collectors.groupingBy(offer -> offer.getPool() + '/' + offer.getFrameworkId()));
        Map<String, List<SavedExecutor>> executors = values(Store.EXECUTORS, pool, SavedExecutor.class).stream()
                .sorted(Comparator.comparing(SavedExecutor::getAgentId)
                        .thenComparing(executor -> executor.getExecutor().getExecutorId()))
                .collect(Collectors.groupingBy(executor -> executor.getPool() + '/' + executor.getFrameworkId()));
        Map<String, List<SavedFilter>> filters = values(Store.FILTERS, pool, SavedFilter.class).stream()
                .sorted(Comparator.comparing(SavedFilter::getAgentId).thenComparing(SavedFilter::getRole))
                .collect(Collectors.groupingBy(filter -> filter.getPool() + '/' + filter.getFrameworkId()));
        executors.forEach((of, list) ->
                list.forEach(executor -> occupied.add(of, executor.getExecutor().getResources())));
        return values(Store.FRAMEWORKS, pool, SavedFramework.class).stream()
                .sorted(Comparator.comparing(SavedFramework::getPool).thenComparing(SavedFramework::getFrameworkId))
                .map(framework -> {
                    String key = framework.getPool() + '/' + framework.getFrameworkId();
                    return new FrameworkSummary(
                            framework,
                            tasks.getOrDefault(key, 0),
                            occupied.of(key).sum(),
                            offers.getOrDefault(key, List.of()),
                            executors.getOrDefault(key, List.of()),
                            filters.getOrDefault(key, List.of()).stream()
                                    .filter(filter -> counts(framework, filter))
                                    .toList());
                })
                .toList();
    }

    /** What a framework declined before it was revived is removed by and by. */
    private static boolean counts(SavedFramework framework, SavedFilter filter) {
        return framework.getRoles().stream()
                .anyMatch(role ->
                        role.getWants().getRole().equals(filter.getRole()) && role.getEpoch() == filter.getEpoch());
    }

    /** The offers of a pool that are out, or of all pools if it is empty, by pool, the oldest first. */
    public synchronized List<SavedOffer> offers(String pool) {
        return values(Store.OFFERS, pool, SavedOffer.class).stream()
                .sorted(Comparator.comparing(SavedOffer::getPool)
                        .thenComparingLong(SavedOffer::getMadeMs)
                        .thenComparing(SavedOffer::getOfferId))
                .toList();
    }

    /** All pools, by name. */
    public synchronized List<PoolSummary> pools() {
        Map<String, Map<TaskState, Long>> counts = new HashMap<>();
        for (SavedTask task : savedTasks(TaskFilter.all()).toList()) {
            counts.computeIfAbsent(task.getPool(), pool -> new EnumMap<>(TaskState.class))
                    .merge(task.getState(), 1L, Long::sum);
        }
        List<PoolSummary> pools = new ArrayList<>();
        reader.changelog(Store.POOLS).forEach((name, value) -> {
            long ended = get(Store.COUNTERS, name, name, SavedCounters.class)
                    .map(SavedCounters::getTasksEnded)
                    .orElse(0L);
            Instant asOf =
                    Instant.ofEpochMilli(clock(name).map(SavedClock::getWallMs).orElse(0L));
            pools.add(new PoolSummary(
                    decode(value, SavedPool.class),
                    counts.getOrDefault(name, new EnumMap<>(TaskState.class)),
                    ended,
                    asOf));
        });
        pools.sort(Comparator.comparing(summary -> summary.pool().getPool()));
        return pools;
    }

    /** One pool; empty if it has had no input yet. */
    public synchronized Optional<PoolSummary> pool(String name) {
        return pools().stream()
                .filter(summary -> summary.pool().getPool().equals(name))
                .findFirst();
    }

    /** A gang of which not all members are over; empty if there is none of that name. */
    public synchronized Optional<SavedGang> gang(String pool, String group) {
        return get(Store.GANGS, pool, pool + '/' + group, SavedGang.class);
    }

    /** How many partitions the scheduler's state is divided into. */
    public synchronized int partitionCount() {
        return reader.changelog(Store.TASKS).partitionCount();
    }

    /**
     * Hands over all that the scheduler's core has stored in the partition that a pool lies on, pools that share it included: what it takes
     * back when it starts. So the core can be asked questions on a copy of the state. The ends up to which the changelogs are read are those of one
     * moment, but a transaction that is committed in just that moment may be there in part; the next {@link #refresh} makes it whole.
     */
    public synchronized void stored(String pool, BiConsumer<Store, SpecificRecord> taker) {
        for (Store store : STORES) {
            Changelog changelog = reader.changelog(store);
            for (byte[] value : changelog.values(Topics.partition(pool, changelog.partitionCount()))) {
                taker.accept(store, decode(value, store.type()));
            }
        }
    }

    @Override
    public synchronized void close() {
        reader.close();
        schemas.ifPresent(TopicSchemaLookup::close);
    }

    private boolean isAhead(SavedTask other, SavedTask task, int priority) {
        int otherPriority = view(other).request().map(TaskRequest::getPriority).orElse(Integer.MIN_VALUE);
        return otherPriority > priority || (otherPriority == priority && other.getSubmission() < task.getSubmission());
    }

    private Stream<SavedTask> savedTasks(TaskFilter filter) {
        return reader.changelog(Store.TASKS)
                .parallel()
                .filter(entry -> filter.admitsKey(entry.getKey()))
                .map(entry -> decode(entry.getValue(), SavedTask.class))
                .filter(filter::admits);
    }

    private TaskView view(SavedTask task) {
        Changelog requests = reader.changelog(Store.REQUESTS);
        int partition = Topics.partition(task.getPool(), requests.partitionCount());
        return new TaskView(task, requests.get(partition, task.getPool() + '/' + task.getTaskId()), deserializer);
    }

    /** What a store whose keys begin with the pool holds of one, or of all if it is empty; in no order. */
    private <T extends SpecificRecord> List<T> values(Store store, String pool, Class<T> type) {
        List<T> values = new ArrayList<>();
        reader.changelog(store).forEach((key, value) -> {
            if (pool.isEmpty() || key.startsWith(pool + '/')) {
                values.add(decode(value, type));
            }
        });
        return values;
    }

    private <T extends SpecificRecord> Optional<T> get(Store store, String pool, String key, Class<T> type) {
        Changelog changelog = reader.changelog(store);
        byte @Nullable [] value = changelog.get(Topics.partition(pool, changelog.partitionCount()), key);
        return value == null ? Optional.empty() : Optional.of(decode(value, type));
    }

    private <T extends SpecificRecord> T decode(byte[] value, Class<T> type) {
        return type.cast(Objects.requireNonNull(deserializer.deserialize(null, value)));
    }
}
