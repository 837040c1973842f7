package dev.millrace.core;

import java.util.List;
import java.util.TreeMap;

/**
 * Notes of which agents something may be offered to whom, so that nobody looks at all agents for each offer. Whatever makes something offerable
 * is told here; that nothing is, is found out by {@link Offers}. Like the places of classes in the queue, this decides nothing. Mutable; owned by
 * the stream thread.
 */
final class Candidates {
    private final PoolState state;
    /** Those that are to be offered something at all, by framework and role. */
    private final TreeMap<String, Subscription> live = new TreeMap<>();
    /** Those to which nothing, or less, is offered because of a role's limit. */
    private final TreeMap<String, Subscription> limited = new TreeMap<>();

    Candidates(PoolState state) {
        this.state = state;
    }

    /** Everything that could be offered to it may be so again. */
    void lookAtAll(Subscription subscription) {
        subscription.candidates.clear();
        subscription.kept.clear();
        subscription.forMoreUnits.clear();
        subscription.limited = false;
        limited.remove(key(subscription));
        if (!subscription.isLive()) {
            live.remove(key(subscription));
        } else {
            live.put(key(subscription), subscription);
            for (Agent agent : state.capacity.agents()) {
                subscription.candidates.add(agent.id);
            }
        }
        state.roles.readyChanged(subscription.leaf);
    }

    /** The agent may have something to offer. */
    void gotRoom(Agent agent) {
        for (Subscription subscription : live.values()) {
            subscription.candidates.add(agent.id);
            state.roles.readyChanged(subscription.leaf);
        }
    }

    /** A role's limit leaves nothing to offer. */
    void limit(Subscription subscription) {
        subscription.limited = true;
        limited.put(key(subscription), subscription);
        state.roles.readyChanged(subscription.leaf);
    }

    /** Because of a role's limit the agent has nothing for it. */
    void keep(Subscription subscription, String agentId) {
        subscription.kept.add(agentId);
        limited.put(key(subscription), subscription);
    }

    /** The role and those above it have less, or one of them may have more. */
    void unlimit(Role from) {
        for (Subscription subscription : List.copyOf(limited.values())) {
            if (!state.roles.shareALimit(from, subscription.leaf)) {
                continue;
            }
            limited.remove(key(subscription));
            subscription.limited = false;
            subscription.candidates.addAll(subscription.kept);
            subscription.kept.clear();
            state.roles.readyChanged(subscription.leaf);
        }
    }

    /** It is nobody's any more. */
    void forget(Subscription subscription) {
        limited.remove(key(subscription));
        live.remove(key(subscription));
    }

    private static String key(Subscription subscription) {
        return subscription.framework.id + '/' + subscription.role();
    }
}
