package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Quota;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * Keeps books of its own of what each role has and what was set for it, and asserts after each step that no role got more than a limit
 * allows and that none was made to give away what it is guaranteed. The number of events is {@code millrace.quota.events}.
 */
class QuotaPropertyTest {
    private static final List<String> LEAVES = List.of("a", "a/x", "a/x/1", "a/x/2", "a/y", "b", "b/z", "b/z/3", "c");
    private static final long EVENTS = Long.getLong("millrace.quota.events", 20_000);
    private static final int EVENTS_A_SEED = 4_000;

    private record Bounds(Quota guarantee, Quota limit) {}

    private final Cluster cluster = new Cluster();
    private final Map<String, TaskRequest> requests = new HashMap<>();
    /** Tasks that give way later in the step that is looked at. */
    private final Set<String> toGiveWay = new HashSet<>();

    private final Map<String, TaskStatus> statuses = new HashMap<>();
    private final TreeMap<String, Bounds> bounds = new TreeMap<>();
    private int submitted;

    @Test
    void keepsLimitsAndGuaranteesWhateverHappens() {
        Seeds.each(
                QuotaPropertyTest.class,
                "millrace.quota.seeds",
                Math.max(1, EVENTS / EVENTS_A_SEED),
                random -> new QuotaPropertyTest().run(random));
    }

    private void run(Random random) {
        cluster.afterEachStep(this::check);
        cluster.on(ConfigurePool.newBuilder()
                .setPool(Requests.POOL)
                .setReclaimDelayMs((long) random.nextInt(3_000))
                .setHoldAfterMs((long) random.nextInt(3_000))
                .setPreemptionGap(10)
                .build());
        for (int i = 0; i < 3; i++) {
            cluster.agent("a" + i, 6_000 + 1_000L * random.nextInt(6), 8_192);
        }
        for (int i = 0; i < Math.min(EVENTS, EVENTS_A_SEED); i++) {
            event(random);
        }
        cluster.dump();
    }

    private void event(Random random) {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> submit(random);
            case 3, 4 -> end(random);
            case 5 -> {
                if (!cluster.kills().isEmpty()) {
                    cluster.ends(cluster.kills().firstKey(), TaskState.TASK_KILLED);
                }
            }
            case 6 -> setRole(random);
            case 7 -> {
                if (submitted > 0) {
                    cluster.on(KillRequest.newBuilder()
                            .setPool(Requests.POOL)
                            .setTaskId("t" + Math.max(0, submitted - 1 - random.nextInt(40)))
                            .build());
                }
            }
            default -> cluster.tick();
        }
    }

    private void submit(Random random) {
        TaskRequest.Builder request = Cluster.task(
                        "t" + submitted++,
                        LEAVES.get(random.nextInt(LEAVES.size())),
                        500L * random.nextInt(5),
                        64L * (1 + random.nextInt(20)))
                .setPriority(10 * random.nextInt(6))
                .setRestartPolicy(new RestartPolicy(
                        random.nextBoolean() ? RestartMode.NEVER : RestartMode.ON_FAILURE, 2, 0L, 0L));
        if (random.nextInt(3) == 0) {
            request.setMaxRunTimeMs(1_000L * (1 + random.nextInt(20)));
        }
        TaskRequest built = request.build();
        requests.put(built.getTaskId(), built);
        cluster.on(built);
    }

    private void end(Random random) {
        List<String> placed = new ArrayList<>(cluster.placed().keySet());
        if (!placed.isEmpty()) {
            cluster.ends(
                    placed.get(random.nextInt(placed.size())),
                    random.nextBoolean() ? TaskState.TASK_FINISHED : TaskState.TASK_FAILED);
        }
    }

    private void setRole(Random random) {
        SetRole.Builder set = Cluster.role(LEAVES.get(random.nextInt(LEAVES.size())))
                .setForce(random.nextBoolean())
                .setWeightMilli(random.nextBoolean() ? 500 * (1 + random.nextInt(4)) : null);
        if (random.nextBoolean()) {
            set.setLimit(random.nextInt(4) == 0 ? Quota.newBuilder().build() : quota(random, 16));
        }
        if (random.nextBoolean()) {
            set.setGuarantee(
                    random.nextInt(4) == 0
                            ? Quota.newBuilder().build()
                            : quota(random, set.getRole().length() > 2 ? 4 : 8));
        }
        cluster.on(set.build());
    }

    private static Quota quota(Random random, int most) {
        return Quota.newBuilder()
                .setCpuMillis(1_000L * random.nextInt(most))
                .setMemMib(random.nextBoolean() ? 256L * random.nextInt(2 * most) : null)
                .build();
    }

    private void check(Outbox out) {
        PoolState pool = cluster.pool();
        bounds.clear();
        for (Role role : pool.roles.all()) {
            bounds.put(
                    role.name,
                    new Bounds(
                            role.guarantee == null ? null : role.guarantee.quota,
                            role.limit == null ? null : role.limit.quota));
        }
        List<TaskRequest> launched = new ArrayList<>();
        List<TaskRequest> preempted = new ArrayList<>();
        String preemptor = "";
        for (Message message : out.messages()) {
            if (message.value() instanceof TaskStatus status && givesWay(status)) {
                toGiveWay.add(status.getTaskId());
            }
        }
        for (Message message : out.messages()) {
            if (message.value() instanceof LaunchTask launch) {
                launched.add(launch.getRequest());
            } else if (message.value() instanceof TaskStatus status && status.getSequence() > 0) {
                boolean givesWay = givesWay(status);
                if (givesWay && !status.getMessage().equals(preemptor)) {
                    checkGuarantees(preempted);
                    preemptor = status.getMessage();
                }
                statuses.put(status.getTaskId(), status);
                if (givesWay) {
                    toGiveWay.remove(status.getTaskId());
                    preempted.add(requests.get(status.getTaskId()));
                }
            }
        }
        checkGuarantees(preempted);
        bounds.forEach((role, own) -> checkLimit(role, own.limit(), launched));
        checkTree();
    }

    private static boolean givesWay(TaskStatus status) {
        return status.getState() == TaskState.TASK_KILLING && status.getReason() == Reason.REASON_PREEMPTED;
    }

    /** Checks what roles are left with after those tasks gave way to one task, and forgets them. */
    private void checkGuarantees(List<TaskRequest> preempted) {
        bounds.forEach((role, own) -> checkGuarantee(role, own.guarantee(), preempted));
        preempted.clear();
    }

    private void checkLimit(String role, Quota limit, List<TaskRequest> launched) {
        long cpuMillis = amount(role, launched, Resources::getCpuMillis);
        long memMib = amount(role, launched, Resources::getMemMib);
        if (limit != null && limit.getCpuMillis() != null && cpuMillis > 0) {
            assertThat(used(role, true, Resources::getCpuMillis))
                    .as("cores of %s", role)
                    .isLessThanOrEqualTo(limit.getCpuMillis());
        }
        if (limit != null && limit.getMemMib() != null && memMib > 0) {
            assertThat(used(role, true, Resources::getMemMib))
                    .as("memory of %s", role)
                    .isLessThanOrEqualTo(limit.getMemMib());
        }
    }

    /** What a role gives to others leaves it what it is guaranteed; what it gives to its own stays with it. */
    private void checkGuarantee(String role, Quota guarantee, List<TaskRequest> preempted) {
        List<TaskRequest> toOthers = new ArrayList<>();
        List<TaskRequest> toItsOwn = new ArrayList<>();
        for (TaskRequest victim : preempted) {
            String message = statuses.get(victim.getTaskId()).getMessage();
            String preemptorRole = message.replaceAll(".*of role ([^,]+),.*", "$1");
            if (Claims.isWithin(victim.getRole(), role)) {
                (Claims.isWithin(preemptorRole, role) ? toItsOwn : toOthers).add(victim);
            }
        }
        if (guarantee != null && guarantee.getCpuMillis() != null) {
            checkLeft(role, guarantee.getCpuMillis(), toOthers, toItsOwn, Resources::getCpuMillis);
        }
        if (guarantee != null && guarantee.getMemMib() != null) {
            checkLeft(role, guarantee.getMemMib(), toOthers, toItsOwn, Resources::getMemMib);
        }
    }

    private void checkLeft(
            String role,
            long guaranteed,
            List<TaskRequest> toOthers,
            List<TaskRequest> toItsOwn,
            ToLongFunction<Resources> amount) {
        if (amount(role, toOthers, amount) > 0) {
            assertThat(used(role, false, amount) + amount(role, toItsOwn, amount))
                    .as("what is left to %s after it gave %s to others", role, toOthers)
                    .isGreaterThanOrEqualTo(guaranteed);
        }
    }

    /** The guarantees of children are within their parent's, and no guarantee is above a limit. */
    private void checkTree() {
        bounds.forEach((role, own) -> {
            long below = 0;
            for (Map.Entry<String, Bounds> other : bounds.entrySet()) {
                Quota guarantee = other.getValue().guarantee();
                boolean within = Claims.isWithin(other.getKey(), role);
                if (within && guarantee != null && guarantee.getCpuMillis() != null) {
                    Quota limit = own.limit();
                    assertThat(limit == null || limit.getCpuMillis() == null ? Long.MAX_VALUE : limit.getCpuMillis())
                            .as("limit of %s and the guarantee of %s", role, other.getKey())
                            .isGreaterThanOrEqualTo(guarantee.getCpuMillis());
                    if (other.getKey().lastIndexOf('/') == role.length()) {
                        below += guarantee.getCpuMillis();
                    }
                }
            }
            if (below > 0) {
                assertThat(own.guarantee()).as("guarantee of %s", role).isNotNull();
                assertThat(own.guarantee().getCpuMillis())
                        .as("cores guaranteed to %s", role)
                        .isGreaterThanOrEqualTo(below);
            }
        });
    }

    private long used(String role, boolean withLeaving, ToLongFunction<Resources> kind) {
        return cluster.placed().values().stream()
                .map(LaunchTask::getRequest)
                .filter(request -> Claims.isWithin(request.getRole(), role))
                .filter(request -> withLeaving
                        || toGiveWay.contains(request.getTaskId())
                        || !cluster.kills().containsKey(request.getTaskId()))
                .mapToLong(request -> kind.applyAsLong(request.getResources()))
                .sum();
    }

    private static long amount(String role, List<TaskRequest> requests, ToLongFunction<Resources> kind) {
        return requests.stream()
                .filter(request -> Claims.isWithin(request.getRole(), role))
                .mapToLong(request -> kind.applyAsLong(request.getResources()))
                .sum();
    }
}
