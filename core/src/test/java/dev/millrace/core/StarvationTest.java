package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.core.Requests.POOL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StarvationTest {
    private static final long HOLD_AFTER_MS = 10_000;
    private static final long LONGEST_MS = 20_000;
    private static final long GRACE_MS = 1_000;
    private static final long MARGIN_MS = 2_000;

    private final Cluster cluster = new Cluster();
    private final TreeMap<String, Long> endsAtMs = new TreeMap<>();
    private long nowMs;
    private int submitted;

    StarvationTest() {
        cluster.on(Cluster.settings().setHoldAfterMs(HOLD_AFTER_MS).build());
    }

    @Test
    void placesALargeTaskThoughSmallOnesKeepComing() {
        Seeds.each(
                StarvationTest.class, "millrace.starvation.seeds", 20, random -> new StarvationTest().overtake(random));
    }

    private void overtake(Random random) {
        for (int i = 0; i < 3; i++) {
            cluster.agent("a" + i, 4_000, 8_192);
        }
        for (int i = 0; i < 40; i++) {
            cluster.on(small(random));
        }
        step(random, 2_000);

        cluster.on(Cluster.task("large", random.nextBoolean() ? "crowd" : "large", 4_000, 64)
                .setPriority(55)
                .build());
        long sinceMs = nowMs;
        while (cluster.state("large") == TASK_QUEUED && nowMs - sinceMs < 300_000) {
            step(random, Cluster.TICK_MS);
        }

        assertThat(nowMs - sinceMs)
                .as("how long the large task waited")
                .isLessThanOrEqualTo(HOLD_AFTER_MS + LONGEST_MS + GRACE_MS + MARGIN_MS);
    }

    private TaskRequest small(Random random) {
        return Cluster.task("s" + submitted++, "crowd", 1_000 + 500L * random.nextInt(2), 64)
                .setMaxRunTimeMs(1_000L * (1 + random.nextInt((int) LONGEST_MS / 1_000)))
                .setKillPolicy(new KillPolicy(GRACE_MS))
                .build();
    }

    /** What runs keeps its run time, and for each that ends a new one comes. */
    private void step(Random random, long ms) {
        for (long passed = 0; passed < ms; passed += Cluster.TICK_MS) {
            nowMs += Cluster.TICK_MS;
            cluster.tick();
            for (LaunchTask launch : new ArrayList<>(cluster.placed().values())) {
                String id = launch.getRequest().getTaskId();
                Long maxRunTimeMs = launch.getRequest().getMaxRunTimeMs();
                if (maxRunTimeMs != null && !endsAtMs.containsKey(id)) {
                    cluster.runs(id);
                    endsAtMs.put(id, nowMs + 1 + random.nextInt(maxRunTimeMs.intValue()));
                } else if (maxRunTimeMs != null && endsAtMs.get(id) <= nowMs) {
                    cluster.on(small(random));
                    cluster.ends(id, TASK_FINISHED);
                }
            }
        }
    }

    @Test
    void letsATaskThatIsOverInTimeUseWhatIsHeld() {
        held(60_000);

        // 5 s of grace, 5 s of margin, and 40 s until there is room.
        cluster.on(Cluster.task("fits", "b", 1_000, 64)
                .setMaxRunTimeMs(30_000L)
                .setKillPolicy(new KillPolicy(5_000L))
                .build());
        cluster.on(Cluster.task("exceeds", "b", 1_000, 64)
                .setMaxRunTimeMs(45_000L)
                .setKillPolicy(new KillPolicy(5_000L))
                .build());
        cluster.on(Cluster.task("unknown", "b", 1_000, 64).build());

        assertThat(cluster.state("fits")).isEqualTo(TASK_STAGING);
        assertThat(cluster.state("exceeds")).isEqualTo(TASK_QUEUED);
        assertThat(cluster.state("unknown")).isEqualTo(TASK_QUEUED);
    }

    @Test
    void placesTheLargeTaskWhenWhatIsInItsWayHasEndedWhoeverElseWaits() {
        held(60_000);
        cluster.on(Cluster.task("urgent", "b", 1_000, 64).setPriority(59).build());

        cluster.ends("long", TASK_FINISHED);

        assertThat(cluster.state("large")).isEqualTo(TASK_STAGING);
        assertThat(cluster.state("urgent")).isEqualTo(TASK_QUEUED);
    }

    @Test
    void leavesServicesAloneAndHoldsTheAgentWhereTasksEnd() {
        cluster.agent("a1", 4_000, 8_192);
        cluster.agent("a2", 4_000, 8_192);
        cluster.on(Cluster.task("service", "a", 3_000, 64).build());
        cluster.on(
                Cluster.task("batch", "a", 3_000, 64).setMaxRunTimeMs(60_000L).build());
        cluster.runs("service").runs("batch");

        cluster.on(Cluster.task("large", "a", 4_000, 64).build());
        cluster.pass(HOLD_AFTER_MS + 1_000);
        cluster.on(Cluster.task("small", "a", 1_000, 64).build());

        assertThat(cluster.kills()).isEmpty();
        assertThat(cluster.pool().agents.get(cluster.placed().get("batch").getAgentId()).holds)
                .containsOnlyKeys("large");
        assertThat(cluster.placed().get("small").getAgentId())
                .isEqualTo(cluster.placed().get("service").getAgentId());
    }

    @Test
    void holdsNothingBeforeTheTaskHasWaitedLongEnough() {
        cluster.agent("a1", 4_000, 8_192);
        cluster.on(Cluster.task("long", "a", 3_000, 64).setMaxRunTimeMs(60_000L).build());
        cluster.runs("long");

        cluster.on(Cluster.task("large", "a", 4_000, 64).build());
        cluster.pass(HOLD_AFTER_MS - Cluster.TICK_MS);
        cluster.on(Cluster.task("small", "b", 1_000, 64).build());

        assertThat(cluster.state("small")).isEqualTo(TASK_STAGING);
    }

    @Test
    void letsTheAgentGoWhenTheTaskIsKilled() {
        held(60_000);
        cluster.on(Cluster.task("small", "b", 1_000, 64).build());
        boolean waits = cluster.state("small") == TASK_QUEUED;

        cluster.on(KillRequest.newBuilder().setPool(POOL).setTaskId("large").build());

        assertThat(waits).isTrue();
        assertThat(cluster.state("large")).isEqualTo(TASK_KILLED);
        assertThat(cluster.state("small")).isEqualTo(TASK_STAGING);
    }

    @Test
    void letsTheAgentGoWhenTheTaskIsPlacedElsewhere() {
        held(60_000);
        cluster.on(Cluster.task("small", "a", 1_000, 64).build());

        cluster.agent("a2", 4_000, 8_192);

        assertThat(cluster.placed().get("large").getAgentId()).isEqualTo("a2");
        assertThat(cluster.placed().get("small").getAgentId()).isEqualTo("a1");
    }

    @Test
    void holdsAnAgentThoughManyTasksThatFitNowhereComeBeforeIt() {
        cluster.agent("a1", 4_000, 8_192);
        cluster.on(Cluster.task("long", "a", 3_000, 64).setMaxRunTimeMs(60_000L).build());
        cluster.runs("long");
        for (int i = 0; i < 20; i++) {
            cluster.on(Cluster.task("huge" + i, "a", 9_000 + i, 64).build());
            cluster.on(Cluster.task("alien" + i, "a" + i, 9_000, 64).build());
        }

        cluster.on(Cluster.task("large", "a", 4_000, 64).build());
        cluster.pass(HOLD_AFTER_MS + 5_000);
        cluster.on(Cluster.task("small", "b", 1_000, 64).build());

        assertThat(cluster.state("small")).isEqualTo(TASK_QUEUED);
    }

    @Test
    void triesAnotherAgentWhenTheOneThatIsHeldComesToNothing() {
        cluster.agent("a1", 4_000, 8_192);
        cluster.agent("a2", 4_000, 8_192);
        for (String id : List.of("service0", "service1", "s0", "s1", "s2", "s3")) {
            cluster.on(Cluster.task(id, "a", id.startsWith("service") ? 2_000 : 1_000, 64)
                    .build());
            cluster.runs(id);
        }
        cluster.on(Cluster.task("large", "a", 4_000, 64).build());

        // Nobody says how long anything runs, and the small ones end and come again.
        for (int i = 4; i < 60 && cluster.state("large") == TASK_QUEUED; i++) {
            cluster.pass(2_000);
            String ending = "s" + (i - 4);
            if (cluster.placed().containsKey(ending)) {
                cluster.on(Cluster.task("s" + i, "a", 1_000, 64).build());
                cluster.ends(ending, TASK_FINISHED);
            } else {
                cluster.on(Cluster.task("s" + i, "a", 1_000, 64).build());
            }
        }

        assertThat(cluster.placed().keySet()).contains("service0", "service1");
        assertThat(cluster.state("large")).isEqualTo(TASK_STAGING);
    }

    /** Agent a1 has a task that has run for 20 s and may run for longer, and is held for a large task. */
    private void held(long maxRunTimeMs) {
        cluster.agent("a1", 4_000, 8_192);
        cluster.on(Cluster.task("long", "a", 3_000, 64)
                .setMaxRunTimeMs(maxRunTimeMs)
                .setKillPolicy(new KillPolicy(0L))
                .build());
        cluster.on(Cluster.task("large", "a", 4_000, 64).build());
        cluster.runs("long");
        cluster.pass(20_000);
        assertThat(cluster.state("long")).isEqualTo(TASK_RUNNING);
        assertThat(cluster.pool().held.holders()).hasSize(1);
    }
}
