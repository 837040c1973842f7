package dev.millrace.cli.job;

import dev.millrace.contract.Gang;

/**
 * A group of tasks that is placed whole or not at all.
 *
 * @param group its name within the job; empty = the one that is named like the job; if it is shared, its name within the pool
 * @param size the number of members
 * @param timeoutMs how long it may wait to be complete and placed, in ms
 * @param shared whether members may come from other submissions too
 */
public record JobGang(String group, int size, long timeoutMs, boolean shared) {
    /** The gang as the requests of one submission name it: groups of two submissions are two groups, unless they are shared. */
    Gang of(String submittedJob) {
        var name = shared ? group : group.isEmpty() ? submittedJob : submittedJob + "/" + group;
        return new Gang(name, size, timeoutMs);
    }
}
