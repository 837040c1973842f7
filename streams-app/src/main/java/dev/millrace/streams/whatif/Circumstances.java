package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.Unreserve;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * What is to be otherwise in a model, from its beginning to its end: commands that were given meanwhile and would undo it are left out.
 *
 * @param settings settings of the pool; null = as they were
 * @param roles how roles are configured, each role once
 * @param addedAgents agents that are there beside the others, and never fail
 * @param removedAgents the ids of agents that are not there
 */
public record Circumstances(
        @Nullable ConfigurePool settings,
        List<SetRole> roles,
        List<AgentRegistered> addedAgents,
        Set<String> removedAgents) {
    /** Nothing is otherwise. */
    public static final Circumstances AS_THEY_WERE = new Circumstances(null, List.of(), List.of(), Set.of());

    public Circumstances {
        roles = List.copyOf(roles);
        addedAgents = List.copyOf(addedAgents);
        // Sorted, since the order in which they are removed may decide something.
        removedAgents = Collections.unmodifiableSet(new TreeSet<>(removedAgents));
    }

    /** What is left of a recorded input; empty if nothing is. */
    Optional<SpecificRecord> leftOf(SpecificRecord value) {
        if (value instanceof AgentRegistered registered) {
            return unlessRemoved(registered.getAgentId(), value);
        } else if (value instanceof AgentLeaving leaving) {
            return unlessRemoved(leaving.getAgentId(), value);
        } else if (value instanceof RemoveAgent removal) {
            return unlessRemoved(removal.getAgentId(), value);
        } else if (value instanceof Reserve reserve) {
            return unlessRemoved(reserve.getAgentId(), value);
        } else if (value instanceof Unreserve unreserve) {
            return unlessRemoved(unreserve.getAgentId(), value);
        } else if (value instanceof RemoveRole removal) {
            return change(removal.getRole()).isPresent() ? Optional.empty() : Optional.of(value);
        } else if (value instanceof SetRole set) {
            Optional<SetRole> change = change(set.getRole());
            return change.isEmpty()
                    ? Optional.of(value)
                    : leftOf(SetRole.newBuilder(set).build(), change.get());
        } else if (value instanceof ConfigurePool configure && settings != null) {
            return leftOf(ConfigurePool.newBuilder(configure).build(), settings);
        }
        return Optional.of(value);
    }

    private Optional<SpecificRecord> unlessRemoved(String agentId, SpecificRecord value) {
        return removedAgents.contains(agentId) ? Optional.empty() : Optional.of(value);
    }

    private Optional<SetRole> change(String role) {
        return roles.stream().filter(set -> set.getRole().equals(role)).findFirst();
    }

    /** Takes out of a copy of a command what the change says too. */
    private static Optional<SpecificRecord> leftOf(SpecificRecord copy, SpecificRecord change) {
        boolean saysAnything = false;
        for (Schema.Field field : copy.getSchema().getFields()) {
            if (!field.schema().isUnion()) {
                continue;
            }
            if (change.get(field.pos()) != null) {
                copy.put(field.pos(), null);
            }
            saysAnything |= copy.get(field.pos()) != null;
        }
        return saysAnything ? Optional.of(copy) : Optional.empty();
    }

    /** The agents that a list of ids names and that were never seen. */
    List<String> unknownAgents(Set<String> seen) {
        List<String> unknown = new ArrayList<>(removedAgents);
        unknown.removeAll(seen);
        return unknown;
    }
}
