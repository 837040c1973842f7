package dev.millrace.core;

import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.KeyValue;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedFrameworkRole;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A framework: what it said of itself, and what it has. It is ACTIVE while its scheduler is heard of, DISCONNECTED until it is again or the
 * failover timeout is over, then TEARDOWN until its last task and executor are gone, and then forgotten. Mutable; owned by the stream thread.
 */
final class Framework {
    private static final int FENCED_KEPT = 16;

    final String id;
    long incarnation;
    String name = "";
    String principal = "";
    String webUiUrl = "";
    List<KeyValue> labels = List.of();
    long failoverTimeoutMs;
    FrameworkState state = FrameworkState.FRAMEWORK_ACTIVE;
    /** When it was last heard of, rounded down to a bucket, in elapsed time. */
    long heardMs;

    long sinceMs;
    long registeredWallMs;
    long callMillisLeft;
    long callsReckonedMs;
    /** The implicit reconciliation that is under way. */
    @Nullable
    String reconciliationId;

    String reconciledUpTo = "";

    /** The last incarnations that others have followed, the newest last. */
    private final ArrayDeque<Long> fencedIncarnations = new ArrayDeque<>();

    /** By role. */
    final TreeMap<String, Subscription> subscriptions = new TreeMap<>();
    /** Its tasks that are not over, by id. */
    final TreeMap<String, Task> tasks = new TreeMap<>();
    /** In TEARDOWN: its tasks that are not told to end yet. */
    final TreeMap<String, Task> toKill = new TreeMap<>();

    final TreeSet<Executor> executors = new TreeSet<>(
            Comparator.<Executor, String>comparing(e -> e.agent.id).thenComparing(e -> e.spec.getExecutorId()));
    /** True = it is in the list of what the step changed. */
    boolean touched;

    Framework(String id) {
        this.id = id;
    }

    /** Another process speaks for it from now on. */
    void follow(long newIncarnation) {
        if (fencedIncarnations.size() == FENCED_KEPT) {
            fencedIncarnations.removeFirst();
        }
        fencedIncarnations.addLast(incarnation);
        incarnation = newIncarnation;
    }

    /** Whether that process spoke for it and was followed by another one. */
    boolean isFenced(long otherIncarnation) {
        return fencedIncarnations.contains(otherIncarnation);
    }

    boolean hasOffers() {
        for (Subscription subscription : subscriptions.values()) {
            if (!subscription.offers.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    boolean isActive() {
        return state == FrameworkState.FRAMEWORK_ACTIVE;
    }

    /** When its tasks are killed if its scheduler does not come back, in elapsed time. */
    long failoverEndsMs() {
        return sinceMs + failoverTimeoutMs;
    }

    SavedFramework save(String pool) {
        List<SavedFrameworkRole> roles = new ArrayList<>(subscriptions.size());
        for (Subscription subscription : subscriptions.values()) {
            roles.add(subscription.saved());
        }
        return new SavedFramework(
                pool,
                id,
                incarnation,
                name,
                principal,
                webUiUrl,
                labels,
                roles,
                failoverTimeoutMs,
                state,
                heardMs,
                sinceMs,
                registeredWallMs,
                callMillisLeft,
                callsReckonedMs,
                reconciliationId,
                reconciledUpTo,
                List.copyOf(fencedIncarnations));
    }

    /** Puts back what was stored, but for its roles. */
    static Framework restore(SavedFramework saved) {
        Framework framework = new Framework(saved.getFrameworkId());
        framework.incarnation = saved.getIncarnation();
        framework.name = saved.getName();
        framework.principal = saved.getPrincipal();
        framework.webUiUrl = saved.getWebUiUrl();
        framework.labels = saved.getLabels();
        framework.failoverTimeoutMs = saved.getFailoverTimeoutMs();
        framework.state = saved.getState();
        framework.heardMs = saved.getHeardMs();
        framework.sinceMs = saved.getSinceMs();
        framework.registeredWallMs = saved.getRegisteredWallMs();
        framework.callMillisLeft = saved.getCallMillisLeft();
        framework.callsReckonedMs = saved.getCallsReckonedMs();
        framework.reconciliationId = saved.getReconciliationId();
        framework.reconciledUpTo = saved.getReconciledUpTo();
        framework.fencedIncarnations.addAll(saved.getFencedIncarnations());
        return framework;
    }
}
