package dev.millrace.core;

import dev.millrace.contract.Quota;
import dev.millrace.contract.Resources;
import org.jspecify.annotations.Nullable;

/**
 * How a role stands, with the roles below it.
 *
 * @param role the role
 * @param weightMilli its weight among its siblings, in thousandths
 * @param guarantee what it is to get before others get more than theirs; null = nothing
 * @param limit what it never has more of; null = no limit
 * @param maxQueued how many of its tasks may be queued; -1 = any number
 * @param maxRequestsPerSecond how many requests a second it may send; -1 = any number
 * @param configured whether somebody configured it
 * @param allocated what its tasks on agents have
 * @param held what agents keep for its waiting tasks
 * @param queued how many of its tasks are queued
 * @param running how many of its tasks are on agents
 * @param shareMicros its dominant share of the pool's active agents, in millionths: the largest of its shares of any resource
 * @param weightedShareMicros the same divided by its weight; among siblings the one with the least is served next
 */
public record RoleReport(
        String role,
        int weightMilli,
        @Nullable Quota guarantee,
        @Nullable Quota limit,
        int maxQueued,
        int maxRequestsPerSecond,
        boolean configured,
        Resources allocated,
        Resources held,
        long queued,
        long running,
        long shareMicros,
        long weightedShareMicros) {
    static RoleReport of(Role role) {
        return new RoleReport(
                role.name,
                role.weightMilli,
                role.guarantee == null ? null : role.guarantee.quota,
                role.limit == null ? null : role.limit.quota,
                role.maxQueued,
                role.maxRequestsPerSecond,
                role.configured,
                role.allocated.toResources(),
                role.held.toResources(),
                role.queued,
                role.placed,
                role.shareMicros(),
                role.shareMicros() * Role.NORMAL_WEIGHT / role.weightMilli);
    }
}
