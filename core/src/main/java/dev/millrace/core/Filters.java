package dev.millrace.core;

import dev.millrace.schemas.Store;
import dev.millrace.state.SavedFilter;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the frameworks of a pool have declined, and until when. Mutable; owned by the stream thread. */
final class Filters {
    private final PoolState state;
    private final TreeSet<Filter> byTime = new TreeSet<>();
    /** The keys of filters that are void and still stored. */
    private final TreeSet<String> voidKeys = new TreeSet<>();

    Filters(PoolState state) {
        this.state = state;
    }

    /** Forgets what was declined of an agent that is forgotten. */
    void forget(Agent agent, Outbox out) {
        for (Framework framework : state.frameworks.all()) {
            for (Subscription subscription : framework.subscriptions.values()) {
                Filter filter = subscription.filters.remove(agent.id);
                if (filter != null) {
                    byTime.remove(filter);
                    // At once, since nothing would tell the rest from what is declined of an agent of the same id that
                    // comes.
                    out.change(Store.FILTERS, state.key(filter.key()), null);
                }
            }
        }
    }

    /** The filter that is over first. */
    @Nullable
    Filter first() {
        return byTime.isEmpty() ? null : byTime.first();
    }

    /** Whatever the framework declined in the role counts no longer. What was stored of it is removed step by step. */
    void voidAll(Subscription subscription) {
        subscription.epoch = state.offerNumber();
        for (Filter filter : subscription.filters.values()) {
            byTime.remove(filter);
            voidKeys.add(filter.key());
        }
        subscription.filters.clear();
        state.frameworks.touch(subscription.framework);
    }

    /** Goes on with removing what is void. False = the budget is spent and more is left. */
    boolean removeVoid(Budget budget, Outbox out) {
        while (!voidKeys.isEmpty()) {
            if (!budget.isLeft()) {
                return false;
            }
            budget.spend(1);
            out.change(Store.FILTERS, state.key(voidKeys.pollFirst()), null);
        }
        return true;
    }

    /** Sets a filter in place of any for the same agent. */
    void add(Filter filter, Outbox out) {
        voidKeys.remove(filter.key());
        enter(filter);
        out.change(Store.FILTERS, state.key(filter.key()), filter.save(state.pool));
    }

    void remove(Filter filter, Outbox out) {
        byTime.remove(filter);
        filter.subscription().filters.remove(filter.agentId());
        out.change(Store.FILTERS, state.key(filter.key()), null);
        if (filter.subscription().isLive()) {
            filter.subscription().candidates.add(filter.agentId());
            state.roles.readyChanged(filter.subscription().leaf);
        }
    }

    private void enter(Filter filter) {
        Filter before = filter.subscription().filters.put(filter.agentId(), filter);
        if (before != null) {
            byTime.remove(before);
        }
        byTime.add(filter);
    }

    void restore(SavedFilter saved) {
        Framework framework = state.frameworks.get(saved.getFrameworkId());
        Subscription subscription = framework == null ? null : framework.subscriptions.get(saved.getRole());
        if (subscription == null || subscription.epoch != saved.getEpoch()) {
            voidKeys.add(Filter.key(saved.getFrameworkId(), saved.getAgentId(), saved.getRole()));
            return;
        }
        enter(new Filter(
                subscription,
                saved.getAgentId(),
                Amount.of(saved.getResources()),
                saved.getResources(),
                saved.getUntilMs()));
    }
}
