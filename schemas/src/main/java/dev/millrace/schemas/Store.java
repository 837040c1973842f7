package dev.millrace.schemas;

import dev.millrace.contract.TaskRequest;
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
import dev.millrace.state.SavedPartition;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedRole;
import dev.millrace.state.SavedTask;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/** The catalogue of the scheduler's stores, and so of their changelogs, from which the read model is loaded. */
public enum Store {
    /** One record a partition under the key {@code clock}. */
    CLOCK("clock", SavedClock.class, true),
    /** Key: the pool. */
    POOLS("pools", SavedPool.class, false),
    /** Key: the pool. */
    COUNTERS("counters", SavedCounters.class, true),
    /** Key: pool/agent. */
    AGENTS("agents", SavedAgent.class, false),
    /** Key: pool/task. The immutable request of each known task. */
    REQUESTS("requests", TaskRequest.class, false),
    /** Key: pool/task. The small changing part of each known task. */
    TASKS("tasks", SavedTask.class, false),
    /** Key: pool/role. The roles that somebody configured. */
    ROLES("roles", SavedRole.class, false),
    /** Key: pool/group. */
    GANGS("gangs", SavedGang.class, false),
    /** Key: pool/framework. */
    FRAMEWORKS("frameworks", SavedFramework.class, false),
    /** Key: pool/offer. The offers that are out. */
    OFFERS("offers", SavedOffer.class, false),
    /** Key: pool/framework/agent/role. What frameworks have declined. */
    FILTERS("filters", SavedFilter.class, false),
    /** Key: pool/framework/agent/executor. */
    EXECUTORS("executors", SavedExecutor.class, false),
    /** Key: pool/class. */
    CLASSES("classes", SavedClass.class, false),
    /** Key: the pool. What its tasks need, while it places them by fragmentation. */
    MIX("mix", SavedMix.class, false),
    /** One record a partition under the key {@code partition}: the shell's positions and open journal block. */
    PARTITION("partition", SavedPartition.class, true);

    /**
     * For how long a changelog keeps that a record was deleted. Whoever follows changelogs and pauses for longer may miss deletions, and has to
     * begin anew.
     */
    public static final Duration DELETIONS_KEPT = Duration.ofMinutes(10);

    private final String storeName;
    private final Class<? extends SpecificRecord> type;
    private final boolean cached;

    Store(String storeName, Class<? extends SpecificRecord> type, boolean cached) {
        this.storeName = storeName;
        this.type = type;
        this.cached = cached;
    }

    /** The store of that name; empty if there is none. */
    public static Optional<Store> named(String name) {
        return Arrays.stream(values())
                .filter(store -> store.storeName.equals(name))
                .findFirst();
    }

    /** The store's name in the topology. */
    public String storeName() {
        return storeName;
    }

    /** The type of its values. */
    public Class<? extends SpecificRecord> type() {
        return type;
    }

    /** True for few records that change with nearly every input: a cache makes them cost one changelog record a commit. */
    public boolean cached() {
        return cached;
    }
}
