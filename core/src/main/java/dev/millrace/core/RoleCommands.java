package dev.millrace.core;

import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.SetRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what operators say of roles. A command that would leave the tree inconsistent is refused whole: a role's guarantee holds those
 * of its children, and no role is guaranteed more than it, or a role above it, may have. Mutable through {@link PoolState} only; owned by
 * the stream thread.
 */
final class RoleCommands {
    private static final long MILLIS = 1_000;

    private final PoolState state;
    private final Answers answers;

    RoleCommands(PoolState state, Answers answers) {
        this.state = state;
        this.answers = answers;
    }

    void set(SetRole command, Outbox out) {
        boolean known = state.roles.role(command.getRole()) != null;
        Role role = state.roles.ensure(command.getRole());
        Bound guarantee = command.getGuarantee() == null ? role.guarantee : Bound.of(command.getGuarantee());
        Bound limit = command.getLimit() == null ? role.limit : Bound.of(command.getLimit());
        Optional<String> fault = fault(role, guarantee, limit, command);
        if (fault.isPresent()) {
            if (!known) {
                state.roles.forgetIfIdle(role);
            }
            answers.refused(command, command.getCommandId(), key(command.getRole()), fault.get(), out);
            return;
        }
        role.configured = true;
        if (command.getGuarantee() != null) {
            role.guarantee = guarantee;
            role.guaranteedSinceMs = state.clocks.elapsedMs();
        }
        role.limit = limit;
        if (command.getWeightMilli() != null) {
            role.weightMilli = command.getWeightMilli();
        }
        if (command.getMaxQueued() != null) {
            role.maxQueued = command.getMaxQueued();
        }
        if (command.getMaxRequestsPerSecond() != null) {
            role.maxRequestsPerSecond = command.getMaxRequestsPerSecond();
            role.requestMillisLeft = Math.max(0, role.maxRequestsPerSecond) * MILLIS;
            role.requestsReckonedMs = state.clocks.elapsedMs();
        }
        state.touch(role);
        state.roles.reconfigured(role);
        state.waiting.recheckLimits(role);
        state.frameworks.candidates.unlimit(role);
        answers.done(command, command.getCommandId(), key(role.name), "", out);
    }

    void remove(RemoveRole command, Outbox out) {
        Role role = state.roles.role(command.getRole());
        if (role == null || !role.configured) {
            answers.refused(
                    command,
                    command.getCommandId(),
                    key(command.getRole()),
                    "nobody configured a role " + command.getRole() + " in pool " + state.pool,
                    out);
            return;
        }
        for (Role child : role.children.values()) {
            if (child.guarantee != null) {
                String message = "role " + child.name + " has a guarantee, which must be within that of " + role.name;
                answers.refused(command, command.getCommandId(), key(role.name), message, out);
                return;
            }
        }
        role.unconfigure();
        state.touch(role);
        state.roles.reconfigured(role);
        state.waiting.recheckLimits(role);
        state.frameworks.candidates.unlimit(role);
        state.roles.forgetIfIdle(role);
        answers.done(command, command.getCommandId(), key(role.name), "", out);
    }

    private Optional<String> fault(Role role, @Nullable Bound guarantee, @Nullable Bound limit, SetRole command) {
        if (command.getGuarantee() != null) {
            Optional<String> fault = guaranteeFault(role, guarantee);
            if (fault.isPresent()) {
                return fault;
            }
        }
        Optional<String> aboveLimit = guaranteesAboveLimits(role, guarantee, limit);
        if (aboveLimit.isPresent()) {
            return aboveLimit;
        }
        if (command.getLimit() != null && limit != null && !command.getForce()) {
            Optional<String> excess = limit.excess(role.allocated);
            if (excess.isPresent()) {
                return Optional.of("role " + role.name + " has " + excess.get()
                        + " at the moment; with force it keeps that, and gets nothing more until it has less");
            }
        }
        return Optional.empty();
    }

    /** What children are guaranteed must be within what their parent is, at this role and at the one above it. */
    private static Optional<String> guaranteeFault(Role role, @Nullable Bound guarantee) {
        Optional<String> below = sumFault(role, guarantee, null, null);
        Role parent = role.parent;
        if (below.isPresent() || parent == null || parent.parent == null) {
            return below;
        }
        return sumFault(parent, parent.guarantee, role, guarantee);
    }

    /** Whether the sum of the children's guarantees is within the role's, with a change of one child's. */
    private static Optional<String> sumFault(
            Role role, @Nullable Bound guarantee, @Nullable Role changed, @Nullable Bound changedTo) {
        Tally sum = new Tally();
        for (Role child : role.children.values()) {
            Bound theirs = child == changed ? changedTo : child.guarantee;
            if (theirs != null) {
                sum.add(theirs.toTally(), 1);
            }
        }
        if (sum.isZero()) {
            return Optional.empty();
        }
        Bound whole = guarantee == null ? Bound.nothing(sum) : guarantee.andNothingElseOf(sum);
        return whole.excess(sum)
                .map(excess -> "the roles below " + role.name + " would be guaranteed " + excess + " guaranteed to it");
    }

    private static Optional<String> guaranteesAboveLimits(Role role, @Nullable Bound guarantee, @Nullable Bound limit) {
        if (limit != null) {
            for (Role below : subtree(role)) {
                Bound theirs = below == role ? guarantee : below.guarantee;
                if (theirs != null && !theirs.above(limit).isEmpty()) {
                    return Optional.of("the guarantee of role " + below.name + ", "
                            + String.join(", ", theirs.above(limit)) + ", the limit of role " + role.name);
                }
            }
        }
        for (Role above = role.parent; guarantee != null && above != null; above = above.parent) {
            if (above.limit != null && !guarantee.above(above.limit).isEmpty()) {
                return Optional.of("the guarantee of role " + role.name + ", "
                        + String.join(", ", guarantee.above(above.limit)) + ", the limit of role " + above.name);
            }
        }
        return Optional.empty();
    }

    private static List<Role> subtree(Role role) {
        List<Role> roles = new ArrayList<>();
        roles.add(role);
        for (int i = 0; i < roles.size(); i++) {
            roles.addAll(roles.get(i).children.values());
        }
        return roles;
    }

    private String key(String role) {
        return state.key(role);
    }
}
