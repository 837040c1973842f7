package dev.millrace.core;

import dev.millrace.contract.ExecutorSpec;
import dev.millrace.state.SavedExecutor;
import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A framework's executor on an agent, from the launch of its first task until its end is reported. What it occupies itself is charged to the
 * role of the task that began it; one that the scheduler did not know occupies its resources and is charged to nobody. Mutable; owned by the
 * stream thread.
 */
final class Executor {
    final String frameworkId;
    final Agent agent;
    final ExecutorSpec spec;
    final Amount amount;
    /** Who it is charged to; null = nobody. */
    final @Nullable Role leaf;
    /** True = it is to end. */
    boolean stopping;
    /** Its tasks that are not over. */
    final TreeSet<Task> tasks = new TreeSet<>(Comparator.comparingLong(t -> t.submission));

    Executor(String frameworkId, Agent agent, ExecutorSpec spec, @Nullable Role leaf) {
        this.frameworkId = frameworkId;
        this.agent = agent;
        this.spec = spec;
        this.amount = Amount.of(spec.getResources());
        this.leaf = leaf;
    }

    /** The role whose reservations it uses; empty = none. */
    String role() {
        return leaf == null ? "" : leaf.name;
    }

    /** What tells it from the agent's other executors. */
    String key() {
        return key(frameworkId, spec.getExecutorId());
    }

    static String key(String frameworkId, String executorId) {
        return frameworkId + '/' + executorId;
    }

    /** Its key in the store, after the pool. */
    String storeKey() {
        return frameworkId + '/' + agent.id + '/' + spec.getExecutorId();
    }

    SavedExecutor save(String pool) {
        return new SavedExecutor(pool, frameworkId, agent.id, role(), spec, stopping);
    }
}
