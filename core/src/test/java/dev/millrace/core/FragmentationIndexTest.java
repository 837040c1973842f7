package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.state.AgentTerms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Compares searches with a rule that is written down as plainly as can be. */
class FragmentationIndexTest {
    private static final int AGENTS = 150;
    private static final int SEARCHES = 6_000;
    private static final int MAX_TASKS = 1_000;
    private static final int TASKS_KEPT = 500;
    private static final AgentTerms TERMS = new AgentTerms(1L, 2L, 3L);
    private static final List<String> ROLES = List.of("eng", "eng/search", "ads");

    private final long seed = Long.getLong("millrace.index.seed", 42);
    private final Random random = new Random(seed);
    private final CapacityIndex index = new CapacityIndex();
    private final WorkloadMix mix = new WorkloadMix();
    private final List<Agent> agents = new ArrayList<>();
    private final List<RequestClass> classes = new ArrayList<>();
    private final List<Task> placed = new ArrayList<>();
    private final List<Amount> counted = new ArrayList<>();

    @Test
    void findsTheAgentAndTheDeviceWhereThePlainRuleLosesLeast() {
        addAgents();
        addClasses();
        take();

        for (int search = 0; search < SEARCHES; search++) {
            RequestClass wanted = classes.get(random.nextInt(classes.size()));
            Agent expected = expected(wanted);

            Agent found = index.find(wanted, PlacementPolicy.FRAGMENTATION, MAX_TASKS);

            assertThat(found).as("search %d of seed %d", search, seed).isSameAs(expected);
            if (found != null) {
                place(wanted, found, search);
            }
            if (placed.size() > TASKS_KEPT || (found == null && !placed.isEmpty())) {
                Task task = placed.remove(random.nextInt(placed.size()));
                Agent agent = agents.get(Integer.parseInt(String.valueOf(task.agentId)));
                index.change(agent, () -> agent.vacate(task));
            }
            disturb(search);
        }
    }

    private void disturb(int search) {
        Agent agent = agents.get(random.nextInt(AGENTS));
        if (search % 50 == 0) {
            index.remove(agent);
            index.add(agent);
        } else if (search % 50 == 25) {
            index.change(
                    agent,
                    () -> agent.attributes(
                            List.of(new KeyValue("model", "m" + random.nextInt(3))), agent.attributesVersion + AGENTS));
        } else if (search % 100 == 10) {
            count(classes.get(random.nextInt(classes.size())).need);
            take();
        }
    }

    private void place(RequestClass wanted, Agent agent, int number) {
        Task task = new Task("t" + number, "", wanted.leaf.name, number);
        task.requestClass = wanted;
        task.agentId = agent.id;
        Room before = copy(agent.open(wanted.leaf.name));
        index.change(agent, () -> agent.occupy(task, mix.score()));
        placed.add(task);
        if (wanted.need.gpuMillis > 0 && wanted.need.gpuMillis < 1_000) {
            assertThat(task.gpuDevices).containsExactly(bestDevice(before, wanted.need));
        }
    }

    // The rule, plainly

    private Agent expected(RequestClass wanted) {
        List<String> favoured = new ArrayList<>();
        for (String role = wanted.leaf.name; ; role = role.substring(0, role.lastIndexOf('/'))) {
            favoured.add(role);
            if (role.indexOf('/') < 0) {
                break;
            }
        }
        for (String role : favoured) {
            Optional<Agent> best = best(
                    wanted,
                    agents.stream()
                            .filter(a -> StreamSupport.stream(a.reservedRoles().spliterator(), false)
                                    .anyMatch(role::equals))
                            .toList());
            if (best.isPresent()) {
                return best.get();
            }
        }
        return best(wanted, agents).orElse(null);
    }

    private Optional<Agent> best(RequestClass wanted, List<Agent> among) {
        return among.stream()
                .filter(agent -> wanted.fits(agent, MAX_TASKS))
                .min(Comparator.<Agent>comparingLong(agent -> lost(agent.open(wanted.leaf.name), wanted.need))
                        .thenComparing(agent -> wanted.need.gpuMillis == 0 && agent.total.gpuMillis > 0)
                        .thenComparing(agent -> agent.id));
    }

    private long lost(Room room, Amount need) {
        long[] before = free(room);
        long[] after = before.clone();
        if (need.gpuMillis >= 1_000) {
            long left = need.gpuMillis;
            for (int i = 0; i < after.length && left > 0; i++) {
                if (after[i] == 1_000) {
                    after[i] = 0;
                    left -= 1_000;
                }
            }
        } else if (need.gpuMillis > 0) {
            after[bestDevice(room, need)] -= need.gpuMillis;
        }
        long cpuMillis = room.amount().cpuMillis;
        long memMib = room.amount().memMib;
        return value(cpuMillis, memMib, before) - value(cpuMillis - need.cpuMillis, memMib - need.memMib, after);
    }

    private int bestDevice(Room room, Amount need) {
        long[] free = free(room);
        int best = -1;
        for (int i = 0; i < free.length; i++) {
            if (free[i] < need.gpuMillis) {
                continue;
            }
            if (best < 0) {
                best = i;
                continue;
            }
            long byLoss = Long.compare(
                    worth(free[i]) - worth(free[i] - need.gpuMillis),
                    worth(free[best]) - worth(free[best] - need.gpuMillis));
            if (byLoss < 0 || (byLoss == 0 && free[i] < free[best])) {
                best = i;
            }
        }
        return best;
    }

    private long value(long cpuMillis, long memMib, long[] free) {
        long fit = 0;
        long carry = 0;
        for (long millis : free) {
            fit += worth(millis);
            carry += millis;
        }
        long gpus = Math.max(1, sum(need -> need.gpuMillis) / 1_000);
        long cpuPerGpu = sum(need -> need.cpuMillis) / gpus;
        long memPerGpu = sum(need -> need.memMib) / gpus;
        carry = cpuPerGpu == 0 ? carry : Math.min(carry, cpuMillis * 1_000 / cpuPerGpu);
        carry = memPerGpu == 0 ? carry : Math.min(carry, memMib * 1_000 / memPerGpu);
        return fit + 65_536 * carry;
    }

    private long worth(long millis) {
        long all = counted.stream().filter(need -> need.gpuMillis > 0).count();
        long fitting = counted.stream()
                .filter(need -> need.gpuMillis > 0 && Math.min(need.gpuMillis, 1_000) <= millis)
                .count();
        if (all == 0) {
            return millis == 1_000 ? 65_536_000 : 0;
        }
        return 65_536 * fitting / all * millis;
    }

    private long sum(ToLongFunction<Amount> of) {
        return counted.stream().filter(need -> need.gpuMillis > 0).mapToLong(of).sum();
    }

    private static long[] free(Room room) {
        long[] free = new long[room.devices().count()];
        for (int i = 0; i < free.length; i++) {
            free[i] = room.devices().freeMillis(i);
        }
        return free;
    }

    private static Room copy(Room room) {
        return new Room(
                room.amount().copy(), room.devices().copy(), room.ports().copy());
    }

    // What there is

    private void count(Amount need) {
        counted.add(need);
        mix.count(need, 1);
    }

    private void take() {
        mix.take(Requests.POOL);
        index.score(mix.score());
    }

    private void addAgents() {
        for (int i = 0; i < AGENTS; i++) {
            Agent agent = new Agent(Integer.toString(i), i, TERMS);
            agent.resources = amount(16_000 + random.nextInt(3) * 16_000, 64_000, 1_000L * random.nextInt(5));
            agent.attributes(List.of(new KeyValue("model", "m" + random.nextInt(3))), i + 1);
            if (i % 15 == 0) {
                agent.reservations =
                        List.of(new Reservation(ROLES.get(random.nextInt(3)), amount(8_000, 10_000, 0), List.of()));
            }
            agent.balance();
            agents.add(agent);
            index.add(agent);
        }
    }

    private void addClasses() {
        for (int i = 0; i < 40; i++) {
            long gpuMillis = random.nextInt(4) == 0
                    ? 0
                    : random.nextBoolean() ? 50L * (1 + random.nextInt(19)) : 1_000L * (1 + random.nextInt(3));
            TaskRequest request = Requests.task("t")
                    .setResources(amount(1 + random.nextInt(8_000), 1 + random.nextInt(12_000), gpuMillis))
                    .setRole(ROLES.get(random.nextInt(3)))
                    .build();
            List<Constraint> constraints = random.nextInt(3) == 0
                    ? List.of(new Constraint("model", ConstraintOperator.IN, List.of("m0", "m1")))
                    : List.of();
            classes.add(new RequestClass(
                    "c" + i,
                    Role.leafOf(new Role(request.getRole(), null), ""),
                    request,
                    new ConstraintSet(constraints, List.of())));
        }
    }

    private static Resources amount(long cpuMillis, long memMib, long gpuMillis) {
        return Resources.newBuilder()
                .setCpuMillis(cpuMillis)
                .setMemMib(memMib)
                .setGpuMillis(gpuMillis)
                .build();
    }
}
