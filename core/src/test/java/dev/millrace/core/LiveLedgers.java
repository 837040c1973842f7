package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Looks, after a step, at the ledgers of the agents that the step has sent something to: they sum up, and reservations are kept. */
final class LiveLedgers {
    private LiveLedgers() {}

    static void check(Shard shard, Outbox out) {
        for (Message message : out.messages()) {
            if (message.value() instanceof LaunchTask launch) {
                check(shard, launch);
            } else if (message.value() instanceof LaunchTaskGroup group) {
                group.getTasks().forEach(launch -> check(shard, launch));
            }
        }
    }

    private static void check(Shard shard, LaunchTask launch) {
        for (PoolScheduler pool : shard.pools()) {
            Agent agent = pool.state().agents.get(launch.getAgentId());
            if (agent != null && pool.state().pool.equals(launch.getRequest().getPool())) {
                assertSumsUp(agent);
                assertReservedIsLeft(agent, launch);
            }
        }
    }

    /** What is given away and what is free is all there is. */
    static void assertSumsUp(Agent agent) {
        Amount sum = agent.free.copy();
        agent.tasks.values().forEach(task -> sum.add(task.requestClass().need));
        agent.offers.values().forEach(offer -> sum.add(offer.amount));
        agent.executors.values().forEach(executor -> sum.add(executor.amount));
        agent.orphans.values().forEach(orphan -> sum.add(Amount.of(orphan.resources())));
        assertThat(sum.cpuMillis).as("cores of %s", agent.id).isEqualTo(agent.total.cpuMillis);
        assertThat(sum.memMib).as("memory of %s", agent.id).isEqualTo(agent.total.memMib);
        assertThat(sum.gpuMillis).as("GPUs of %s", agent.id).isEqualTo(agent.total.gpuMillis);
    }

    /** What is reserved for other roles is no more used by tasks than what the agent has beside it, now that another one was placed. */
    private static void assertReservedIsLeft(Agent agent, LaunchTask launch) {
        if (!agent.hasReservations()) {
            return;
        }
        String own = top(launch.getRequest().getRole());
        TreeSet<String> others = new TreeSet<>();
        agent.reservedRoles().forEach(role -> others.add(top(role)));
        others.remove(own);
        for (String other : others) {
            long reservedMillis = Stream.concat(agent.staticReservations.stream(), agent.reservations.stream())
                    .filter(reservation -> Claims.isWithin(reservation.getRole(), other))
                    .mapToLong(reservation -> reservation.getResources().getCpuMillis())
                    .sum();
            long usedMillis = agent.tasks.values().stream()
                    .filter(task -> !Claims.isWithin(task.role, other))
                    .mapToLong(task -> task.requestClass().need.cpuMillis)
                    .sum();
            assertThat(usedMillis + reservedMillis)
                    .as("cores of %s that are reserved for %s or used by others", agent.id, other)
                    .isLessThanOrEqualTo(agent.total.cpuMillis);
        }
    }

    private static String top(String role) {
        return role.split("/", 2)[0];
    }
}
