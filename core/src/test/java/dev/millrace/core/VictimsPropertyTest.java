package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Gang;
import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Quota;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Small random clusters. The tasks that give way are compared with the best of all sets of tasks there are, by the rules as they are
 * written and by books of the test's own ({@code millrace.preemption.clusters}); and where nobody asks for anything new, preemptions must
 * come to an end ({@code millrace.preemption.cycles}).
 */
class VictimsPropertyTest {
    private static final List<String> ROLES = List.of("a", "a/x", "a/y", "b", "c");
    private static final int GAP = 10;

    /** A task on an agent as the test knows it. */
    private record Placed(String id, String agentId, TaskRequest request, int order) {
        long cpuMillis() {
            return request.getResources().getCpuMillis();
        }
    }

    private static final Comparator<Placed> BEST_FIRST = Comparator.<Placed>comparingInt(
                    p -> p.request().getPriority())
            .thenComparing(Comparator.comparingInt(Placed::order).reversed());

    private final Cluster cluster = new Cluster();
    private final TreeMap<String, Long> agents = new TreeMap<>();
    private final TreeMap<String, Long> guarantees = new TreeMap<>();
    private final TreeMap<String, Placed> placed = new TreeMap<>();
    private int submitted;

    @Test
    void letsTheBestOfAllPossibleSetsGiveWay() {
        Seeds.each(
                VictimsPropertyTest.class,
                "millrace.preemption.clusters",
                300,
                random -> new VictimsPropertyTest().compareWithBruteForce(random));
    }

    @Test
    void comesToAnEndWhenNobodyAsksForAnythingNew() {
        Seeds.each(
                VictimsPropertyTest.class,
                "millrace.preemption.cycles",
                300,
                random -> new VictimsPropertyTest().letComeToRest(random));
    }

    private void compareWithBruteForce(Random random) {
        cluster.on(Cluster.settings()
                .setPreemptionGap(GAP)
                .setReclaimDelayMs(0L)
                .setHoldAfterMs(86_400_000L)
                .build());
        setUp(random, 1 + random.nextInt(3));
        for (int i = 0; i < 30; i++) {
            place(request(random));
        }
        TaskRequest preemptor = request(random);

        boolean fits = agents.keySet().stream().anyMatch(agent -> free(agent) >= need(preemptor));
        cluster.on(preemptor);

        Set<String> expected = new HashSet<>();
        if (!fits) {
            List<Placed> best = bruteForce(preemptor);
            if (best != null) {
                best.forEach(p -> expected.add(p.id()));
            }
        }
        assertThat(cluster.kills().keySet())
                .as("what gives way to %s of %s", preemptor, placed.values())
                .isEqualTo(expected);
    }

    private void setUp(Random random, int agentCount) {
        for (int i = 0; i < agentCount; i++) {
            long cpuMillis = 2_000 + 1_000L * random.nextInt(4);
            agents.put("a" + i, cpuMillis);
            cluster.agent("a" + i, cpuMillis, 100_000);
        }
        if (random.nextBoolean()) {
            guarantee("a", 1_000L * (2 + random.nextInt(5)));
            if (random.nextBoolean()) {
                guarantee("a/x", 1_000L * (1 + random.nextInt(2)));
            }
        }
        if (random.nextBoolean()) {
            guarantee("b", 1_000L * (1 + random.nextInt(4)));
        }
    }

    private void guarantee(String role, long cpuMillis) {
        guarantees.put(role, cpuMillis);
        cluster.on(Cluster.role(role)
                .setGuarantee(Quota.newBuilder().setCpuMillis(cpuMillis).build())
                .build());
    }

    private TaskRequest request(Random random) {
        return Cluster.task(
                        "t" + submitted++, ROLES.get(random.nextInt(ROLES.size())), 500L * (1 + random.nextInt(5)), 1)
                .setPriority(5 * random.nextInt(9))
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 0L, 0L))
                .setKillPolicy(new KillPolicy(0L))
                .build();
    }

    /** Sends a request if there is room for it, so that nothing waits and nothing gives way yet. */
    private void place(TaskRequest request) {
        if (agents.keySet().stream().anyMatch(agent -> free(agent) >= need(request))) {
            cluster.on(request);
            LaunchTask launch = cluster.placed().get(request.getTaskId());
            assertThat(launch).as("launch of %s", request).isNotNull();
            placed.put(request.getTaskId(), new Placed(request.getTaskId(), launch.getAgentId(), request, submitted));
        }
    }

    private long free(String agent) {
        return agents.get(agent)
                - placed.values().stream()
                        .filter(p -> p.agentId().equals(agent))
                        .mapToLong(Placed::cpuMillis)
                        .sum();
    }

    private List<Placed> bruteForce(TaskRequest preemptor) {
        List<Placed> best = null;
        for (Map.Entry<String, Long> agent : agents.entrySet()) {
            List<Placed> there = placed.values().stream()
                    .filter(p -> p.agentId().equals(agent.getKey()))
                    .sorted(BEST_FIRST)
                    .toList();
            for (int set = 1; set < 1 << there.size(); set++) {
                List<Placed> victims = new ArrayList<>();
                for (int i = 0; i < there.size(); i++) {
                    if ((set >> i & 1) == 1) {
                        victims.add(there.get(i));
                    }
                }
                if (isAllowed(agent.getKey(), victims, preemptor) && (best == null || isBetter(victims, best))) {
                    best = victims;
                }
            }
        }
        return best;
    }

    private boolean isAllowed(String agent, List<Placed> victims, TaskRequest preemptor) {
        long freed = victims.stream().mapToLong(Placed::cpuMillis).sum();
        if (free(agent) + freed < need(preemptor)) {
            return false;
        }
        for (Placed victim : victims) {
            boolean byPriority = victim.request().getPriority() + GAP <= preemptor.getPriority();
            if (!byPriority && !mayReclaim(preemptor, victim)) {
                return false;
            }
            // No other role that the victim is of is left with less than it is guaranteed.
            for (String role : guarantees.keySet()) {
                long then = used(role)
                        - victims.stream()
                                .filter(p -> Claims.isWithin(p.request().getRole(), role))
                                .mapToLong(Placed::cpuMillis)
                                .sum();
                if (Claims.isWithin(victim.request().getRole(), role)
                        && !Claims.isWithin(preemptor.getRole(), role)
                        && then < guarantees.get(role)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** At the highest level where the two are of different roles, one is within its guarantee and the other has more than its own. */
    private boolean mayReclaim(TaskRequest preemptor, Placed victim) {
        String mine = preemptor.getRole();
        String theirs = victim.request().getRole();
        while (above(mine) != null && !Claims.isWithin(theirs, above(mine))) {
            mine = above(mine);
        }
        while (above(theirs) != null && !Claims.isWithin(mine, above(theirs))) {
            theirs = above(theirs);
        }
        Long guaranteed = guarantees.get(mine);
        boolean claim =
                !Claims.isWithin(theirs, mine) && guaranteed != null && used(mine) + need(preemptor) <= guaranteed;
        // Tasks of an inner role's own are guaranteed nothing against those below it, so a task of that role has
        // borrowed from its children.
        long theirGuarantee = Claims.isWithin(mine, theirs) ? 0 : guarantees.getOrDefault(theirs, 0L);
        long theirUse = Claims.isWithin(mine, theirs) ? usedItself(theirs) : used(theirs);
        return claim && theirUse > theirGuarantee;
    }

    private static String above(String role) {
        int slash = role.lastIndexOf('/');
        return slash < 0 ? null : role.substring(0, slash);
    }

    private long used(String role) {
        return placed.values().stream()
                .filter(p -> Claims.isWithin(p.request().getRole(), role))
                .mapToLong(Placed::cpuMillis)
                .sum();
    }

    private long usedItself(String role) {
        return placed.values().stream()
                .filter(p -> p.request().getRole().equals(role))
                .mapToLong(Placed::cpuMillis)
                .sum();
    }

    private static long need(TaskRequest request) {
        return request.getResources().getCpuMillis();
    }

    private static boolean isBetter(List<Placed> a, List<Placed> b) {
        int byCount = Integer.compare(a.size(), b.size());
        for (int i = a.size() - 1; byCount == 0 && i >= 0; i--) {
            int byWorst = BEST_FIRST.compare(a.get(i), b.get(i));
            if (byWorst != 0) {
                return byWorst < 0;
            }
        }
        return byCount < 0;
    }

    private void letComeToRest(Random random) {
        cluster.on(Cluster.settings()
                .setPreemptionGap(1 + random.nextInt(20))
                .setReclaimDelayMs(250L * random.nextInt(8))
                .setHoldAfterMs(250L * random.nextInt(20))
                .build());
        setUp(random, 1 + random.nextInt(3));
        guaranteeOfTwoKinds(random);
        int tasks = 5 + random.nextInt(25);
        for (int i = 0; i < tasks; i++) {
            TaskRequest request = TaskRequest.newBuilder(request(random))
                    .setResources(Requests.resources(500L * (1 + random.nextInt(5)), 64L * random.nextInt(8)))
                    .build();
            cluster.on(request);
        }
        for (int i = 0; i < random.nextInt(3); i++) {
            gang(random, 2 + random.nextInt(2));
        }

        Set<String> seen = new HashSet<>();
        int evictions = 0;
        int quietTicks = 0;
        int most = submitted * submitted;
        while (quietTicks < 100 && evictions <= most) {
            quietTicks++;
            while (!cluster.kills().isEmpty()) {
                quietTicks = 0;
                evictions++;
                // Those that give way end at any time, in any order.
                List<String> ending = List.copyOf(cluster.kills().keySet());
                cluster.ends(ending.get(random.nextInt(ending.size())), TaskState.TASK_KILLED);
                if (random.nextBoolean()) {
                    cluster.tick();
                }
            }
            cluster.tick();
            if (quietTicks == 0 && cluster.kills().isEmpty()) {
                assertThat(seen.add(assignment())).as("%s is new", assignment()).isTrue();
            }
        }

        assertThat(evictions).as("tasks of %s that gave way", submitted).isLessThanOrEqualTo(most);
    }

    private void guaranteeOfTwoKinds(Random random) {
        if (random.nextBoolean()) {
            cluster.on(Cluster.role("c")
                    .setGuarantee(Quota.newBuilder()
                            .setCpuMillis(1_000L * random.nextInt(4))
                            .setMemMib(256L * random.nextInt(4))
                            .build())
                    .build());
        }
    }

    private void gang(Random random, int size) {
        String role = ROLES.get(random.nextInt(ROLES.size()));
        Gang gang = new Gang("g" + submitted, size, 31_536_000_000L);
        for (int i = 0; i < size; i++) {
            cluster.on(TaskRequest.newBuilder(request(random))
                    .setRole(role)
                    .setGang(gang)
                    .build());
        }
    }

    /** Who is where. */
    private String assignment() {
        StringBuilder text = new StringBuilder();
        cluster.placed().forEach((id, launch) -> {
            text.append(id).append('@').append(launch.getAgentId()).append(' ');
        });
        return text.toString();
    }
}
