package dev.millrace.streams.whatif;

import dev.millrace.contract.TaskRequest;
import dev.millrace.core.Change;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedClass;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedCounters;
import dev.millrace.state.SavedGang;
import dev.millrace.state.SavedMix;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedRole;
import dev.millrace.state.SavedTask;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * What is stored of one pool, and its partition's clock. Frameworks, their offers, filters and executors are left out: no model can go on for
 * them. Mutable; owned by the recorder.
 */
final class StartState {
    private static final String CLOCK_KEY = "clock";

    private final String pool;
    private final EnumMap<Store, TreeMap<String, SpecificRecord>> stores = new EnumMap<>(Store.class);

    StartState(String pool) {
        this.pool = pool;
    }

    /** Takes a record that was restored. */
    void put(SpecificRecord record) {
        if (record instanceof SavedClock) {
            put(Store.CLOCK, CLOCK_KEY, record);
        } else if (record instanceof SavedPool saved) {
            putOfPool(Store.POOLS, saved.getPool(), "", record);
        } else if (record instanceof SavedCounters saved) {
            putOfPool(Store.COUNTERS, saved.getPool(), "", record);
        } else if (record instanceof SavedMix saved) {
            putOfPool(Store.MIX, saved.getPool(), "", record);
        } else if (record instanceof SavedAgent saved) {
            putOfPool(Store.AGENTS, saved.getPool(), '/' + saved.getAgentId(), record);
        } else if (record instanceof TaskRequest request) {
            putOfPool(Store.REQUESTS, request.getPool(), '/' + request.getTaskId(), request);
        } else if (record instanceof SavedTask saved) {
            putOfPool(Store.TASKS, saved.getPool(), '/' + saved.getTaskId(), record);
        } else if (record instanceof SavedRole saved) {
            putOfPool(Store.ROLES, saved.getPool(), '/' + saved.getRole(), record);
        } else if (record instanceof SavedGang saved) {
            putOfPool(Store.GANGS, saved.getPool(), '/' + saved.getGroup(), record);
        } else if (record instanceof SavedClass saved) {
            String key = '/' + saved.getExplained().getRequestClass();
            putOfPool(Store.CLASSES, saved.getExplained().getPool(), key, record);
        }
    }

    /** Takes what a step changed. */
    void apply(List<Change> changes) {
        for (Change change : changes) {
            if (change.value() != null) {
                put(change.value());
            } else if (stores.containsKey(change.store())) {
                stores.get(change.store()).remove(change.key());
            }
        }
    }

    /** Makes ordinary tasks of those that frameworks have launched. */
    void makeOrdinary() {
        TreeMap<String, SpecificRecord> tasks = stores.getOrDefault(Store.TASKS, new TreeMap<>());
        TreeMap<String, SpecificRecord> requests = stores.getOrDefault(Store.REQUESTS, new TreeMap<>());
        tasks.replaceAll((key, record) -> {
            SavedTask saved = (SavedTask) record;
            if (saved.getFrameworkId().isEmpty()) {
                return saved;
            }
            requests.computeIfPresent(key, (k, request) -> FrameworkTasks.asRequested((TaskRequest) request));
            return FrameworkTasks.asRequested(saved);
        });
    }

    /** The records of one store, in the order of their keys. */
    Collection<SpecificRecord> of(Store store) {
        return stores.getOrDefault(store, new TreeMap<>()).values();
    }

    /** The stores that have records. */
    Collection<Store> stores() {
        return stores.keySet();
    }

    /** The request of a task of the pool, if it is known. */
    Optional<TaskRequest> request(String taskId) {
        TreeMap<String, SpecificRecord> requests = stores.get(Store.REQUESTS);
        return requests == null
                ? Optional.empty()
                : Optional.ofNullable((TaskRequest) requests.get(pool + '/' + taskId));
    }

    /** The scheduler's elapsed clock, in ms. */
    long elapsedMs() {
        return of(Store.CLOCK).stream()
                .mapToLong(clock -> ((SavedClock) clock).getElapsedMs())
                .findFirst()
                .orElse(0);
    }

    private void putOfPool(Store store, String recordsPool, String rest, SpecificRecord record) {
        if (recordsPool.equals(pool)) {
            put(store, pool + rest, record);
        }
    }

    private void put(Store store, String key, SpecificRecord record) {
        stores.computeIfAbsent(store, s -> new TreeMap<>()).put(key, record);
    }
}
