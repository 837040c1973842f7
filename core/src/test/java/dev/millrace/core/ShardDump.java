package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Writes down all that a shard's decisions can depend on beside its stored records: the indexes and their order. */
final class ShardDump {
    private ShardDump() {}

    static List<String> of(Shard shard) {
        List<String> lines = new ArrayList<>();
        for (PoolScheduler pool : shard.pools()) {
            lines.add("pool " + pool.state().pool);
            dump(pool.state(), lines);
        }
        return lines;
    }

    /** Fails unless a shard that was rebuilt from stored records has the same indexes as one that kept them. */
    static void assertSame(Shard rebuilt, Shard kept) {
        List<String> ofRebuilt = of(rebuilt);
        List<String> ofKept = of(kept);
        if (!ofRebuilt.equals(ofKept)) {
            assertThat(without(ofRebuilt, ofKept))
                    .as("what only rebuilt indexes have, or kept ones in another order")
                    .isEqualTo(without(ofKept, ofRebuilt));
            assertThat(ofRebuilt).isEqualTo(ofKept);
        }
    }

    private static List<String> without(List<String> lines, List<String> others) {
        List<String> left = new ArrayList<>(lines);
        left.removeAll(new HashSet<>(others));
        return left;
    }

    private static void dump(PoolState state, List<String> lines) {
        for (Agent agent : state.capacity.inOrder()) {
            lines.add("free " + agent.id + " " + agent.free.toResources() + " tasks " + agent.tasks.keySet()
                    + " orphans " + agent.orphans.keySet() + " ports "
                    + agent.unoccupied().ports() + " devices "
                    + agent.unoccupied().devices() + " open "
                    + agent.open().amount().toResources() + " held for "
                    + agent.holds.keySet());
        }
        state.byHeard.forEach(agent -> lines.add("silent " + agent.id + " from " + agent.silentFromMs()));
        state.deserted.forEach(agent -> lines.add("deserted " + agent.id));
        for (TaskTimers.Kind kind : TaskTimers.Kind.values()) {
            lines.add(kind + " " + state.timers.ids(kind));
        }
        for (RequestClass requestClass : state.waiting.classes()) {
            lines.add("class " + requestClass.text + " explained " + requestClass.explained);
            requestClass.waiting.forEach(task -> lines.add("waiting " + task.id));
            if (requestClass.place == RequestClass.Place.LIMITED
                    && requestClass.gang == null
                    && state.roles.limiting(requestClass) == null) {
                throw new AssertionError(requestClass.text + " waits for no limit");
            }
            for (Agent agent : state.capacity.agents()) {
                boolean fits = requestClass.fits(agent, state.settings.getMaxTasksPerAgent());
                if (requestClass.place == RequestClass.Place.BLOCKED && requestClass.gang == null && fits) {
                    throw new AssertionError(requestClass.text + " is blocked and fits " + agent.id);
                }
            }
        }
        for (Role role : state.roles.all()) {
            lines.add("role " + role.name + " has " + role.allocated.toResources() + " held "
                    + role.held.toResources() + " leaving " + role.leaving.toResources() + " tasks " + role.tasks
                    + " queued " + role.queued + " placed " + role.placed + " configured " + role.configured + " "
                    + role.weightMilli);
        }
        state.roles.reckonAll();
        state.roles.leavesInOrder().forEach(leaf -> lines.add("next " + leaf.name));
        state.held.holders().forEach(task -> lines.add("held for " + task.id + " " + task.hold));
        state.gangs
                .all()
                .forEach(gang -> lines.add("gang " + gang.group + " " + gang.save("") + " of "
                        + gang.members.stream().map(t -> t.id).toList() + " "
                        + gang.isReady() + " "
                        + (state.waiting.named(gang.unit.text) == gang.unit ? gang.unit.place : "")));
        dumpFrameworks(state, lines);
        lines.add("mix " + state.mix.taken());
        lines.add("counts " + state.waiting.size() + " " + state.nextSubmission + " " + state.tasksEnded + " "
                + state.continueSentMs + " " + state.reportsIgnored);
    }

    private static void dumpFrameworks(PoolState state, List<String> lines) {
        for (Framework framework : state.frameworks.all()) {
            lines.add("framework " + framework.save("") + " tasks " + framework.tasks.keySet() + " to kill "
                    + framework.toKill.keySet() + " executors "
                    + framework.executors.stream()
                            .map(executor -> executor.save("") + " with "
                                    + executor.tasks.stream()
                                            .map(task -> task.id)
                                            .toList())
                            .toList());
            for (Subscription subscription : framework.subscriptions.values()) {
                lines.add("in " + subscription.role() + " filters "
                        + subscription.filters.values().stream()
                                .map(filter -> filter.save(""))
                                .toList()
                        + " offers " + subscription.offers.keySet() + " units " + subscription.unitsLeft());
                assertNothingIsPassedOver(state, subscription);
            }
        }
        for (Role role : state.roles.all()) {
            role.frameworks.forEach((id, leaf) -> lines.add("of " + role.name + " for " + id + " allocated "
                    + leaf.allocated.toResources() + " held " + leaf.held.toResources() + " executors "
                    + leaf.executors + " tasks " + leaf.tasks));
        }
    }

    /** Of agents that are not looked at nothing could be offered. */
    private static void assertNothingIsPassedOver(PoolState state, Subscription subscription) {
        if (!subscription.isLive()
                || subscription.unitsLeft() == 0
                || subscription.offers.size() >= Subscription.MOST_OFFERS) {
            return;
        }
        Offers offers = new Offers(state, new FrameworkEvents(state));
        for (Agent agent : state.capacity.agents()) {
            boolean isPassedOver = subscription.limited || !subscription.candidates.contains(agent.id);
            if (isPassedOver && offers.hasSomething(subscription, agent)) {
                throw new AssertionError("nothing of " + agent.id + " is offered to " + subscription.framework.id
                        + " in " + subscription.role());
            }
        }
    }
}
