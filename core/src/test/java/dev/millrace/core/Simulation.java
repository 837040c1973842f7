package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.schemas.Pools;
import dev.millrace.state.SavedClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * A whole system in one thread on virtual time, driven by a seed: a few pools on one partition with their agents, frameworks, clients and
 * operators, the topics between them and the scheduler, and all that goes wrong with machines, processes and clocks. What must never happen is
 * asserted as it would happen; a seed that fails once fails always.
 */
final class Simulation {
    private static final List<String> NAMES = List.of("default", "default-2", "def");
    private static final int AGENTS = 6;
    private static final int AGENTS_OF_MANY_POOLS = 4;
    private static final long QUIET_TICK_MS = 2_000;
    private static final long QUIET_CHECK_MS = 120_000;
    private static final long QUIET_MS = 24 * 3_600_000;

    private final Random random;
    private final VirtualTime time = new VirtualTime();
    private final SimulatedTopics topics;
    private final SimulatedScheduler scheduler;
    private final Map<String, SimulatedPool> pools = new TreeMap<>();
    private long elapsedMs;
    private boolean quiet;

    Simulation(long seed) {
        random = new Random(seed);
        topics = new SimulatedTopics(random, time);
        // Small steps leave more for the next ones, and so more states to be interrupted in.
        int entitiesPerStep = random.nextInt(3) == 0 ? Budget.PER_STEP : 1 + random.nextInt(12);
        scheduler =
                new SimulatedScheduler(random, time, topics, () -> new Shard(0, 1, entitiesPerStep), this::committed);
        int count = random.nextInt(2) == 0 ? 1 : 1 + random.nextInt(NAMES.size());
        for (String name : NAMES.subList(0, count)) {
            int agents = count == 1 ? AGENTS : AGENTS_OF_MANY_POOLS;
            pools.put(name, new SimulatedPool(name, agents, random, time, topics));
        }
    }

    /** Lets so many inputs reach the scheduler, then everything come to rest, and checks what is left. */
    void run(long inputs) {
        scheduler.start();
        pools.values().forEach(SimulatedPool::start);
        time.after(random.nextInt(60_000), this::disturbScheduler);
        time.after(random.nextInt(60_000), this::disturbClock);
        while (scheduler.inputs() < inputs) {
            time.next();
        }
        quiet = true;
        topics.catchUp();
        scheduler.comeToRest(QUIET_TICK_MS);
        pools.values().forEach(SimulatedPool::comeToRest);
        long untilMs = time.nowMs() + QUIET_MS;
        do {
            for (long checkMs = time.nowMs() + QUIET_CHECK_MS; time.nowMs() < checkMs || !scheduler.isIdle(); ) {
                time.next();
            }
        } while (time.nowMs() < untilMs && !restChecks().stream().allMatch(RestCheck::isAtRest));
        restChecks().forEach(RestCheck::check);
    }

    /** How far the story has come, for the report of a failure. */
    String position() {
        return "after " + scheduler.inputs() + " inputs and " + topics.jumps() + " jumps of the clock, with "
                + pools.size() + (pools.size() == 1 ? " pool" : " pools");
    }

    long inputs() {
        return scheduler.inputs();
    }

    private List<RestCheck> restChecks() {
        List<RestCheck> checks = new ArrayList<>();
        for (PoolScheduler pool : scheduler.shard().pools()) {
            checks.add(new RestCheck(pools.get(pool.state().pool), scheduler.shard(), pool));
        }
        return checks;
    }

    private void disturbScheduler() {
        if (!quiet) {
            scheduler.crash(random.nextInt(random.nextInt(6) == 0 ? 120_000 : 4_000));
            time.after(random.nextInt(80_000), this::disturbScheduler);
        }
    }

    private void disturbClock() {
        if (!quiet) {
            topics.jump();
            time.after(random.nextInt(120_000), this::disturbClock);
        }
    }

    /** Tells each pool's world what was decided about it. */
    private void committed(SimulatedScheduler.Step step) {
        for (Change change : step.out().changes()) {
            if (change.value() instanceof SavedClock clock) {
                elapsedMs = clock.getElapsedMs();
            }
        }
        Map<String, Outbox> parts = byPool(step.out());
        Pools.of(step.input().value()).ifPresent(pool -> {
            parts.computeIfAbsent(pool, name -> new Outbox());
            assertThat(parts.keySet()).as("pools changed by %s", step.input()).containsExactly(pool);
        });
        parts.forEach((pool, out) -> pools.get(pool).take(step, out, elapsedMs));
    }

    private static Map<String, Outbox> byPool(Outbox all) {
        Map<String, Outbox> parts = new TreeMap<>();
        for (Change change : all.changes()) {
            if (!(change.value() instanceof SavedClock)) {
                part(parts, change.key()).change(change.store(), change.key(), change.value());
            }
        }
        for (Message message : all.messages()) {
            Outbox part = part(parts, message.value() == null ? message.key() : poolOf(message.value()));
            part.send(message.topic(), message.key(), message.value());
        }
        return parts;
    }

    /** The part of the pool that a key begins with. */
    private static Outbox part(Map<String, Outbox> parts, String key) {
        return parts.computeIfAbsent(key.split("/", 2)[0], name -> new Outbox());
    }

    private static String poolOf(SpecificRecord value) {
        if (value instanceof LaunchTask launch) {
            return launch.getRequest().getPool();
        }
        if (value instanceof LaunchTaskGroup group) {
            return group.getTasks().get(0).getRequest().getPool();
        }
        return (String) value.get(value.getSchema().getField("pool").pos());
    }
}
