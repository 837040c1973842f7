package dev.millrace.core;

import dev.millrace.contract.Resources;
import dev.millrace.state.SavedFilter;

/**
 * What a framework declined: until then no more than this of the agent is offered to it in that role.
 *
 * @param subscription the framework in the role
 * @param agentId the agent
 * @param amount how much was declined, with the number of its ports
 * @param resources the same as a record
 * @param untilMs until when, in elapsed time
 */
record Filter(Subscription subscription, String agentId, Amount amount, Resources resources, long untilMs)
        implements Comparable<Filter> {
    /** By time, so that the first is over first. */
    @Override
    public int compareTo(Filter other) {
        int byTime = Long.compare(untilMs, other.untilMs);
        return byTime != 0 ? byTime : key().compareTo(other.key());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Filter filter && compareTo(filter) == 0;
    }

    @Override
    public int hashCode() {
        return key().hashCode();
    }

    /** Its key in the store, after the pool. */
    String key() {
        return key(subscription.framework.id, agentId, subscription.role());
    }

    static String key(String frameworkId, String agentId, String role) {
        return frameworkId + '/' + agentId + '/' + role;
    }

    SavedFilter save(String pool) {
        return new SavedFilter(
                pool, subscription.framework.id, subscription.role(), agentId, resources, untilMs, subscription.epoch);
    }
}
