package dev.millrace.core;

import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.FrameworkState;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedExecutor;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedFrameworkRole;
import dev.millrace.state.SavedOffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The frameworks of a pool, with their offers, filters and executors, and the indexes that follow from them: the ledgers of agents and roles say
 * the same. What becomes of them is decided elsewhere. Mutable; owned by the stream thread.
 */
final class Frameworks {
    private final PoolState state;
    private final TreeMap<String, Framework> byId = new TreeMap<>();
    /** Active ones, the one that was not heard of for longest first. */
    private final TreeSet<Framework> byHeard =
            new TreeSet<>(Comparator.<Framework>comparingLong(f -> f.heardMs).thenComparing(f -> f.id));
    /** Disconnected ones, the one whose failover timeout is over first first. */
    private final TreeSet<Framework> byFailover =
            new TreeSet<>(Comparator.comparingLong(Framework::failoverEndsMs).thenComparing(f -> f.id));
    /** Those that are being torn down. */
    private final TreeMap<String, Framework> ending = new TreeMap<>();
    /** Those with a reconciliation under way. */
    private final TreeMap<String, Framework> reconciling = new TreeMap<>();
    /** All offers that are out; an older one has a lower number. */
    private final TreeMap<Long, OpenOffer> offers = new TreeMap<>();

    /** What has been declined. */
    final Filters filters;
    /** What may be offered to whom. */
    final Candidates candidates;
    /** Frameworks that are not active and still have offers, which are taken back step by step. */
    private final TreeMap<String, Framework> withdrawing = new TreeMap<>();

    private final List<Framework> touched = new ArrayList<>();
    private final List<String> forgotten = new ArrayList<>();

    Frameworks(PoolState state) {
        this.state = state;
        this.filters = new Filters(state);
        this.candidates = new Candidates(state);
    }

    int size() {
        return byId.size();
    }

    @Nullable
    Framework get(String id) {
        return byId.get(id);
    }

    /** All of them, by id. */
    Iterable<Framework> all() {
        return byId.values();
    }

    Framework add(String id) {
        Framework framework = new Framework(id);
        byId.put(id, framework);
        // An agent may still have some from before a framework of this id was forgotten.
        for (Agent agent : state.agents.values()) {
            for (Executor executor : agent.executors.values()) {
                if (executor.frameworkId.equals(id)) {
                    framework.executors.add(executor);
                }
            }
        }
        index(framework);
        touch(framework);
        return framework;
    }

    /** Forgets one that has nothing. */
    void forget(Framework framework) {
        unindex(framework);
        byId.remove(framework.id);
        forgotten.add(framework.id);
    }

    void touch(Framework framework) {
        if (!framework.touched) {
            framework.touched = true;
            touched.add(framework);
        }
    }

    /** Changes what the indexes go by: its state, when it was heard of, its reconciliation. */
    void change(Framework framework, Runnable change) {
        unindex(framework);
        boolean wasActive = framework.isActive();
        change.run();
        index(framework);
        if (wasActive != framework.isActive()) {
            framework.subscriptions.values().forEach(candidates::lookAtAll);
        }
        noteWithdrawing(framework);
        touch(framework);
    }

    /** The active one that was not heard of for longest. */
    @Nullable
    Framework firstHeard() {
        return byHeard.isEmpty() ? null : byHeard.first();
    }

    /** The disconnected one whose failover timeout is over first. */
    @Nullable
    Framework firstToEnd() {
        return byFailover.isEmpty() ? null : byFailover.first();
    }

    /** Those that are being torn down, by id. */
    List<Framework> ending() {
        return List.copyOf(ending.values());
    }

    /** One with a reconciliation under way; null = there is none. */
    @Nullable
    Framework firstReconciling() {
        return reconciling.isEmpty() ? null : reconciling.firstEntry().getValue();
    }

    // Roles

    /** Sets the roles to these. Those that it leaves must have nothing offered. */
    void subscribe(Framework framework, List<FrameworkRole> roles) {
        TreeMap<String, Subscription> left = new TreeMap<>(framework.subscriptions);
        for (FrameworkRole wants : roles) {
            Subscription known = left.remove(wants.getRole());
            if (known == null) {
                Role leaf = state.roles.leaf(wants.getRole(), framework.id);
                known = new Subscription(framework, leaf, wants);
                known.epoch = state.offerNumber();
                leaf.subscription = known;
                framework.subscriptions.put(wants.getRole(), known);
            } else {
                known.want(wants);
            }
            candidates.lookAtAll(known);
        }
        for (Subscription subscription : left.values()) {
            framework.subscriptions.remove(subscription.role());
            subscription.leaf.subscription = null;
            candidates.forget(subscription);
            state.roles.readyChanged(subscription.leaf);
            state.roles.forgetIfIdle(subscription.leaf);
        }
        touch(framework);
    }

    /** Everything that could be offered to anybody may be so again. */
    void lookAtAll() {
        for (Framework framework : byId.values()) {
            noteWithdrawing(framework);
            framework.subscriptions.values().forEach(candidates::lookAtAll);
        }
    }

    // Offers

    /** The oldest offer that is out. */
    @Nullable
    OpenOffer oldestOffer() {
        return offers.isEmpty() ? null : offers.firstEntry().getValue();
    }

    @Nullable
    OpenOffer offer(String id) {
        // Whatever is no number is no offer's id.
        if (!id.startsWith("o-") || id.length() > 20 || !id.substring(2).chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        OpenOffer offer = id.length() == 2 ? null : offers.get(Long.parseLong(id.substring(2)));
        return offer != null && offer.id().equals(id) ? offer : null;
    }

    /** All offers that are out, the oldest first. */
    Iterable<OpenOffer> offersInOrder() {
        return offers.values();
    }

    /** Puts an offer out. */
    void add(OpenOffer offer, Outbox out) {
        enter(offer);
        state.capacity.change(offer.agent, () -> offer.agent.offer(offer));
        state.roles.readyChanged(offer.subscription.leaf);
        out.change(Store.OFFERS, state.key(offer.id()), offer.save(state.pool));
    }

    /** Takes an offer back: what it held is free again, for whoever is next. */
    void remove(OpenOffer offer, Outbox out) {
        Subscription subscription = offer.subscription;
        offers.remove(offer.number);
        subscription.remove(offer);
        state.roles.offer(subscription.leaf, offer.amount, -1);
        state.capacity.change(offer.agent, () -> offer.agent.takeBack(offer));
        out.change(Store.OFFERS, state.key(offer.id()), null);
        state.roles.readyChanged(subscription.leaf);
        state.hasLess(subscription.leaf);
        if (offer.agent.isActive()) {
            state.gotRoom(offer.agent);
        }
    }

    /** A framework has used so many of the units that were offered to it. */
    void gotUnits(Subscription subscription, long units) {
        subscription.gotUnits(units);
        touch(subscription.framework);
        // It may want none at all now.
        state.roles.readyChanged(subscription.leaf);
    }

    private void enter(OpenOffer offer) {
        offers.put(offer.number, offer);
        offer.subscription.add(offer);
        state.roles.offer(offer.subscription.leaf, offer.amount, 1);
    }

    /** One that is not active and has offers; null = there is none. */
    @Nullable
    Framework firstWithdrawing() {
        return withdrawing.isEmpty() ? null : withdrawing.firstEntry().getValue();
    }

    /** Notes whether a framework has offers that are to be taken back. */
    void noteWithdrawing(Framework framework) {
        if (!framework.isActive() && framework.hasOffers()) {
            withdrawing.put(framework.id, framework);
        } else {
            withdrawing.remove(framework.id);
        }
    }

    // Executors

    /** An executor begins to occupy its agent. */
    void add(Executor executor, Outbox out) {
        state.capacity.change(executor.agent, () -> executor.agent.begin(executor));
        enter(executor);
        changed(executor, out);
    }

    /** Something about an executor is other than what is stored. */
    void changed(Executor executor, Outbox out) {
        out.change(Store.EXECUTORS, state.key(executor.storeKey()), executor.save(state.pool));
    }

    /** An executor occupies its agent no longer. */
    void remove(Executor executor, Outbox out) {
        state.capacity.change(executor.agent, () -> executor.agent.end(executor));
        Framework framework = byId.get(executor.frameworkId);
        if (framework != null) {
            framework.executors.remove(executor);
        }
        out.change(Store.EXECUTORS, state.key(executor.storeKey()), null);
        if (executor.leaf != null) {
            state.roles.chargeExecutor(executor.leaf, executor.amount, -1);
            state.hasLess(executor.leaf);
            state.roles.forgetIfIdle(executor.leaf);
        }
        if (executor.agent.isActive()) {
            state.gotRoom(executor.agent);
        }
    }

    private void enter(Executor executor) {
        if (executor.leaf != null) {
            state.roles.chargeExecutor(executor.leaf, executor.amount, 1);
        }
        Framework framework = byId.get(executor.frameworkId);
        if (framework != null) {
            framework.executors.add(executor);
        }
    }

    // Tasks

    /** A task of a framework has come. */
    void add(Task task) {
        Framework framework = byId.get(task.frameworkId);
        if (framework == null) {
            throw new IllegalStateException("the framework of task " + task.id + " is not known");
        }
        framework.tasks.put(task.id, task);
        Executor executor = executorOf(task);
        if (executor != null) {
            executor.tasks.add(task);
        }
        if (framework.state == FrameworkState.FRAMEWORK_TEARDOWN && !task.killRequested) {
            framework.toKill.put(task.id, task);
        }
    }

    /** A task of a framework is over. */
    void remove(Task task) {
        Framework framework = byId.get(task.frameworkId);
        if (framework != null) {
            framework.tasks.remove(task.id);
        }
        Executor executor = executorOf(task);
        if (executor != null) {
            executor.tasks.remove(task);
        }
    }

    /** The executor that runs a task, if it is known. */
    @Nullable
    Executor executorOf(Task task) {
        Agent agent = task.executorId.isEmpty() || task.agentId == null ? null : state.agents.get(task.agentId);
        return agent == null ? null : agent.executors.get(Executor.key(task.frameworkId, task.executorId));
    }

    // Storing

    void saveChanges(Outbox out) {
        for (Framework framework : touched) {
            framework.touched = false;
            if (byId.get(framework.id) == framework) {
                out.change(Store.FRAMEWORKS, state.key(framework.id), framework.save(state.pool));
            }
        }
        touched.clear();
        for (String id : forgotten) {
            if (!byId.containsKey(id)) {
                out.change(Store.FRAMEWORKS, state.key(id), null);
            }
        }
        forgotten.clear();
    }

    void restore(SavedFramework saved) {
        Framework framework = Framework.restore(saved);
        byId.put(framework.id, framework);
        index(framework);
        for (SavedFrameworkRole role : saved.getRoles()) {
            Role leaf = state.roles.leaf(role.getWants().getRole(), framework.id);
            leaf.subscription = new Subscription(framework, leaf, role.getWants());
            leaf.subscription.epoch = role.getEpoch();
            framework.subscriptions.put(leaf.name, leaf.subscription);
        }
    }

    /** Puts an executor back; its agent's ledger is drawn up later. */
    void restore(SavedExecutor saved) {
        Agent agent = state.agent(saved.getAgentId());
        Role leaf = saved.getRole().isEmpty() ? null : state.roles.leaf(saved.getRole(), saved.getFrameworkId());
        Executor executor = new Executor(saved.getFrameworkId(), agent, saved.getExecutor(), leaf);
        executor.stopping = saved.getStopping();
        agent.executors.put(executor.key(), executor);
        enter(executor);
    }

    /** Puts an offer back; its agent's ledger is drawn up later. */
    void restore(SavedOffer saved) {
        Agent agent = state.agent(saved.getAgentId());
        OpenOffer offer = new OpenOffer(
                Long.parseLong(saved.getOfferId().substring(2)),
                subscription(saved.getFrameworkId(), saved.getRole()),
                agent,
                saved.getResources(),
                saved.getGpuDevices(),
                saved.getUnits(),
                saved.getMadeMs());
        agent.offers.put(offer.number, offer);
        enter(offer);
    }

    private Subscription subscription(String frameworkId, String role) {
        Framework framework = byId.get(frameworkId);
        Subscription subscription = framework == null ? null : framework.subscriptions.get(role);
        if (subscription == null) {
            throw new IllegalStateException("framework " + frameworkId + " is not stored as one of role " + role);
        }
        return subscription;
    }

    private void index(Framework framework) {
        switch (framework.state) {
            case FRAMEWORK_ACTIVE -> byHeard.add(framework);
            case FRAMEWORK_DISCONNECTED -> byFailover.add(framework);
            case FRAMEWORK_TEARDOWN -> ending.put(framework.id, framework);
            case FRAMEWORK_REMOVED, FRAMEWORK_UNKNOWN ->
                throw new IllegalStateException("framework " + framework.id + " is kept as " + framework.state);
        }
        if (framework.reconciliationId != null) {
            reconciling.put(framework.id, framework);
        }
    }

    private void unindex(Framework framework) {
        byHeard.remove(framework);
        byFailover.remove(framework);
        ending.remove(framework.id);
        reconciling.remove(framework.id);
    }
}
