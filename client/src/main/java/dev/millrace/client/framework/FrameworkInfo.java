package dev.millrace.client.framework;

import dev.millrace.client.InvalidRequestException;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.UpdateFramework;
import dev.millrace.schemas.Validator;
import java.time.Duration;
import java.util.List;

/**
 * What a framework says of itself when it subscribes.
 *
 * @param pool the pool of agents that it is offered
 * @param id the framework's id, which its later processes have too: 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a
 *     letter or digit
 * @param name what people call it; at most 128 characters
 * @param principal who it works for, for people; at most 128 characters
 * @param roles the roles in which it takes offers, sorted by role, and what it wants there
 * @param failoverTimeout for how long its tasks are kept while no process of it is heard of, at most a year
 * @param labels for people, sorted by key
 */
public record FrameworkInfo(
        String pool,
        String id,
        String name,
        String principal,
        List<FrameworkRole> roles,
        Duration failoverTimeout,
        List<KeyValue> labels) {
    /** How long tasks are kept if nothing else is said. */
    public static final Duration DEFAULT_FAILOVER_TIMEOUT = Duration.ofDays(7);

    /**
     * Checks what is given.
     *
     * @throws InvalidRequestException if it breaks rules of the contract
     */
    public FrameworkInfo {
        roles = List.copyOf(roles);
        labels = List.copyOf(labels);
        List<String> faults = Validator.faults(subscribe(pool, id, 0, name, principal, roles, failoverTimeout, labels));
        if (!faults.isEmpty()) {
            throw new InvalidRequestException("Subscribe", faults);
        }
    }

    /** A framework in one role of the default pool that takes whatever is offered. */
    public static FrameworkInfo of(String id, String role) {
        return of(id, FrameworkRole.newBuilder().setRole(role).build());
    }

    /** A framework in these roles of the default pool. */
    public static FrameworkInfo of(String id, FrameworkRole... roles) {
        return new FrameworkInfo("default", id, id, "", List.of(roles), DEFAULT_FAILOVER_TIMEOUT, List.of());
    }

    /** The same framework in another pool. */
    public FrameworkInfo inPool(String otherPool) {
        return new FrameworkInfo(otherPool, id, name, principal, roles, failoverTimeout, labels);
    }

    /** The same framework under another name. */
    public FrameworkInfo named(String otherName) {
        return new FrameworkInfo(pool, id, otherName, principal, roles, failoverTimeout, labels);
    }

    /** The same framework with another failover timeout. */
    public FrameworkInfo withFailoverTimeout(Duration timeout) {
        return new FrameworkInfo(pool, id, name, principal, roles, timeout, labels);
    }

    /** The same framework with other roles or wishes. */
    public FrameworkInfo withRoles(List<FrameworkRole> otherRoles) {
        return new FrameworkInfo(pool, id, name, principal, otherRoles, failoverTimeout, labels);
    }

    Subscribe subscribe(long incarnation) {
        return subscribe(pool, id, incarnation, name, principal, roles, failoverTimeout, labels);
    }

    UpdateFramework update(long incarnation) {
        return new UpdateFramework(pool, id, incarnation, roles, failoverTimeout.toMillis());
    }

    private static Subscribe subscribe(
            String pool,
            String id,
            long incarnation,
            String name,
            String principal,
            List<FrameworkRole> roles,
            Duration failoverTimeout,
            List<KeyValue> labels) {
        return new Subscribe(pool, id, incarnation, name, principal, roles, failoverTimeout.toMillis(), "", labels);
    }
}
