package dev.millrace.core;

import dev.millrace.contract.Reason;
import java.util.Optional;

/**
 * Refuses requests of roles that have too many tasks queued or send too many requests, before anything is remembered of them, so that one
 * role's flood costs the others next to nothing. A role may send as many requests at once as it may send in a second. Mutable through
 * {@link PoolState} only; owned by the stream thread.
 */
final class Admission {
    private static final long MILLIS = 1_000;

    private final PoolState state;

    Admission(PoolState state) {
        this.state = state;
    }

    /** Why a request of the role is not admitted; empty = it is, and is counted. */
    Optional<Cause> refusal(String roleName) {
        for (String name = roleName; !name.isEmpty(); name = Roles.above(name)) {
            Role role = state.roles.role(name);
            if (role != null && role.maxQueued != Role.UNBOUNDED && role.queued >= role.maxQueued) {
                return Optional.of(Cause.scheduler(
                        Reason.REASON_ROLE_QUEUE_FULL,
                        "role " + name + " has " + role.queued + " tasks queued and may have " + role.maxQueued));
            }
            if (role != null && role.maxRequestsPerSecond != Role.UNBOUNDED && left(role) < MILLIS) {
                return Optional.of(Cause.scheduler(
                        Reason.REASON_ROLE_RATE_LIMITED,
                        "role " + name + " may send " + role.maxRequestsPerSecond + " requests a second"));
            }
        }
        for (String name = roleName; !name.isEmpty(); name = Roles.above(name)) {
            Role role = state.roles.role(name);
            if (role != null && role.maxRequestsPerSecond != Role.UNBOUNDED) {
                role.requestMillisLeft = left(role) - MILLIS;
                role.requestsReckonedMs = state.clocks.elapsedMs();
                state.touch(role);
            }
        }
        return Optional.empty();
    }

    private long left(Role role) {
        // A thousandth of a request comes in with each ms and request a second.
        long sinceMs = Math.min(MILLIS, state.clocks.elapsedMs() - role.requestsReckonedMs);
        return Math.min(
                role.maxRequestsPerSecond * MILLIS, role.requestMillisLeft + sinceMs * role.maxRequestsPerSecond);
    }
}
