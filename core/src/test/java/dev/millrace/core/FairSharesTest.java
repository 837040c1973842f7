package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KillRequest;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The examples are reckoned by hand: each task goes to the role of the smallest weighted dominant share, at each level of the tree. */
class FairSharesTest {
    private final Cluster cluster = new Cluster();

    /** The example of Ghodsi et al., "Dominant Resource Fairness", NSDI 2011, figure 3 and table 1. */
    @Test
    void dividesThePapersClusterAsThePaperDoes() {
        demand("a", 1_000, 4_096, 20);
        demand("b", 3_000, 1_024, 20);

        cluster.agent("a1", 9_000, 18 * 1_024);

        assertThat(cluster.placed("a")).isEqualTo(3);
        assertThat(cluster.placed("b")).isEqualTo(2);
    }

    @Test
    void givesARoleOfThreeTimesTheWeightThreeTimesTheShare() {
        cluster.on(Cluster.role("b").setWeightMilli(3_000).build());
        demand("a", 1_000, 64, 20);
        demand("b", 1_000, 64, 20);

        cluster.agent("a1", 12_000, 8_192);

        assertThat(cluster.placed("a")).isEqualTo(3);
        assertThat(cluster.placed("b")).isEqualTo(9);
    }

    /**
     * A task of a is 2/9 of the memory, which counts half by its weight, one of b 3/9 of the cores. In turn: a 1/9, b 3/9, a 2/9, a 3/9, and
     * a again, which is first by name, 4/9. Then b is first, for which 2 cores are too few, and there is 1 GB, too little for a.
     */
    @Test
    void dividesThePapersClusterByWeights() {
        cluster.on(Cluster.role("a").setWeightMilli(2_000).build());
        demand("a", 1_000, 4_096, 20);
        demand("b", 3_000, 1_024, 20);

        cluster.agent("a1", 9_000, 18 * 1_024);

        assertThat(cluster.placed("a")).isEqualTo(4);
        assertThat(cluster.placed("b")).isEqualTo(1);
    }

    @Test
    void dividesAtEachLevelOfTheTree() {
        cluster.on(Cluster.role("eng").setWeightMilli(2_000).build());
        cluster.on(Cluster.role("eng/a").setWeightMilli(3_000).build());
        demand("eng/a", 1_000, 64, 40);
        demand("eng/b", 1_000, 64, 40);
        demand("ops", 1_000, 64, 40);

        cluster.agent("a1", 24_000, 8_192);

        assertThat(cluster.placed("ops")).isEqualTo(8);
        assertThat(cluster.placed("eng/a")).isEqualTo(12);
        assertThat(cluster.placed("eng/b")).isEqualTo(4);
    }

    @Test
    void letsAnInnerRolesOwnTasksCompeteWithThoseOfItsChildren() {
        cluster.on(Cluster.role("eng/a").setWeightMilli(2_000).build());
        demand("eng", 1_000, 64, 40);
        demand("eng/a", 1_000, 64, 40);
        demand("eng/b", 1_000, 64, 40);
        demand("ops", 1_000, 64, 40);

        cluster.agent("a1", 16_000, 8_192);

        assertThat(cluster.placed("ops")).isEqualTo(8);
        assertThat(cluster.placed("eng")).isEqualTo(2);
        assertThat(cluster.placed("eng/a")).isEqualTo(4);
        assertThat(cluster.placed("eng/b")).isEqualTo(2);
    }

    @Test
    void givesWhatAnIdleRoleDoesNotUseToItsSiblingsFirst() {
        demand("eng/a", 1_000, 64, 40);
        demand("ops", 1_000, 64, 40);
        cluster.on(Cluster.role("eng/b").setWeightMilli(9_000).build());

        cluster.agent("a1", 12_000, 8_192);

        assertThat(cluster.placed("eng/a")).isEqualTo(6);
        assertThat(cluster.placed("ops")).isEqualTo(6);
        assertThat(cluster.pool().roles.ensure("eng/b").allocated.isZero()).isTrue();
        assertThat(cluster.pool().roles.ensure("eng/b").held.isZero()).isTrue();
    }

    @Test
    void followsAWeightThatIsChangedAtRunTime() {
        demand("a", 1_000, 64, 100);
        demand("b", 1_000, 64, 100);
        cluster.agent("a1", 12_000, 8_192);
        long before = cluster.placed("b");

        cluster.on(Cluster.role("b").setWeightMilli(5_000).build());
        for (int i = 0; i < 24; i++) {
            cluster.ends(cluster.placed().firstKey(), TASK_FINISHED);
        }

        assertThat(before).isEqualTo(6);
        assertThat(cluster.placed("a")).isEqualTo(2);
        assertThat(cluster.placed("b")).isEqualTo(10);
    }

    @Test
    void servesARolesTasksByPriorityAndThenInTheOrderOfSubmission() {
        for (String id : List.of("third", "fourth")) {
            cluster.on(Cluster.task(id, "a", 1_000, 64).setPriority(50).build());
        }
        cluster.on(Cluster.task("second", "a", 1_000, 128).setPriority(60).build());
        cluster.on(Cluster.task("first", "a", 1_000, 64).setPriority(70).build());

        cluster.agent("a1", 1_000, 8_192);
        for (String id : List.of("first", "second", "third")) {
            assertThat(cluster.placed()).containsOnlyKeys(id);
            cluster.ends(id, TASK_FINISHED);
        }

        assertThat(cluster.placed()).containsOnlyKeys("fourth");
    }

    @Test
    void forgetsTheShareOfWhatHasEndedInAnyWay() {
        demand("a", 1_000, 64, 3);
        cluster.agent("a1", 8_000, 8_192);

        cluster.ends("a-0", TASK_FINISHED);
        cluster.on(
                KillRequest.newBuilder().setPool(Requests.POOL).setTaskId("a-1").build());
        cluster.obeysKills();
        Role role = cluster.pool().roles.role("a");
        long before = role == null ? -1 : role.shareMicros();
        cluster.ends("a-2", TASK_FINISHED);

        assertThat(before).isEqualTo(125_000);
        assertThat(cluster.pool().roles.role("a")).isNull();
    }

    @Test
    void comparesWeightedSharesExactly() {
        Seeds.each(FairSharesTest.class, "millrace.shares.seeds", 3, random -> {
            for (int i = 0; i < 50_000; i++) {
                long a = magnitude(random, 0);
                long b = magnitude(random, 1);
                int u = (int) (1 + random.nextLong(1L << random.nextInt(31)));
                boolean near = random.nextBoolean();
                long c = near ? Math.max(0, a + random.nextInt(3) - 1) : magnitude(random, 0);
                long d = near ? Math.max(1, b + random.nextInt(3) - 1) : magnitude(random, 1);
                int v = near ? u : (int) (1 + random.nextLong(1L << random.nextInt(31)));

                int expected = product(a, d, v).compareTo(product(c, b, u));

                assertThat(Integer.signum(WeightedShare.compare(a, b, u, c, d, v)))
                        .as("%d/(%d·%d) and %d/(%d·%d)", a, b, u, c, d, v)
                        .isEqualTo(expected);
            }
        });
    }

    private static long magnitude(Random random, long least) {
        long number = random.nextLong() >>> (1 + random.nextInt(63));
        return Math.max(least, random.nextInt(20) == 0 ? Long.MAX_VALUE - number % 3 : number);
    }

    private static BigInteger product(long x, long y, int z) {
        return BigInteger.valueOf(x).multiply(BigInteger.valueOf(y)).multiply(BigInteger.valueOf(z));
    }

    private void demand(String role, long cpuMillis, long memMib, int tasks) {
        for (int i = 0; i < tasks; i++) {
            cluster.on(Cluster.task(role + "-" + i, role, cpuMillis, memMib).build());
        }
    }
}
