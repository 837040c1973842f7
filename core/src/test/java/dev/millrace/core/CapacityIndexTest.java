package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.TaskRequest;
import dev.millrace.state.AgentTerms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The number of searches comes from {@code millrace.index.searches}. */
class CapacityIndexTest {
    private static final int SEARCHES = Integer.getInteger("millrace.index.searches", 20_000);
    private static final int AGENTS = 600;
    private static final int MAX_TASKS = 1_000;
    private static final int TASKS_KEPT = 2_000;
    private static final AgentTerms TERMS = new AgentTerms(1L, 2L, 3L);

    private static final List<String> ROLES = List.of("eng", "eng/search", "eng/search/index", "ads", "other");

    private final long seed = Long.getLong("millrace.index.seed", 42);
    private final Random random = new Random(seed);
    private final CapacityIndex index = new CapacityIndex();
    private final List<Agent> agents = new ArrayList<>();
    private final List<ConstraintSet> constraintSets = constraintSets();
    private final List<Task> placed = new ArrayList<>();

    @Test
    void findsTheTightestAgentThatLookingAtEachOneFinds() {
        findsWhatLookingAtEachOneFinds(PlacementPolicy.BINPACK);
    }

    @Test
    void findsTheRoomiestAgentThatLookingAtEachOneFinds() {
        findsWhatLookingAtEachOneFinds(PlacementPolicy.SPREAD);
    }

    private void findsWhatLookingAtEachOneFinds(PlacementPolicy policy) {
        addAgents();

        for (int search = 0; search < SEARCHES; search++) {
            RequestClass wanted = wanted();
            Agent expected = expected(wanted, policy);

            Agent found = index.find(wanted, policy, MAX_TASKS);

            assertThat(found).as("search %d of seed %d", search, seed).isSameAs(expected);
            if (found != null) {
                place(wanted, found, search);
            } else {
                changeAttributes(agents.get(random.nextInt(AGENTS)));
            }
            holdOrRelease(wanted, search);
            if (placed.size() > TASKS_KEPT || (found == null && !placed.isEmpty())) {
                end(placed.remove(random.nextInt(placed.size())));
            }
        }
    }

    private Agent expected(RequestClass wanted, PlacementPolicy policy) {
        for (String role = wanted.leaf.name; ; role = role.substring(0, role.lastIndexOf('/'))) {
            String reserved = role;
            Optional<Agent> favoured = agents.stream()
                    .filter(agent -> StreamSupport.stream(agent.reservedRoles().spliterator(), false)
                            .anyMatch(reserved::equals))
                    .filter(agent -> wanted.fits(agent, MAX_TASKS))
                    .min(order(wanted, policy, role));
            if (favoured.isPresent()) {
                return favoured.get();
            }
            if (role.indexOf('/') < 0) {
                break;
            }
        }
        return agents.stream()
                .filter(agent -> wanted.fits(agent, MAX_TASKS))
                .min(order(wanted, policy, ""))
                .orElse(null);
    }

    private static Comparator<Agent> order(RequestClass wanted, PlacementPolicy policy, String role) {
        Comparator<Agent> tightest = Comparator.<Agent>comparingLong(
                        a -> a.open(role).amount().cpuMillis)
                .thenComparingLong(a -> a.open(role).amount().memMib)
                .thenComparing(a -> a.id);
        if (policy == PlacementPolicy.SPREAD && wanted.need.gpuMillis > 0) {
            return Comparator.<Agent>comparingInt(
                            a -> -a.open(wanted.leaf.name).devices().whollyFree())
                    .thenComparing(tightest.reversed());
        }
        return Comparator.comparing((Agent a) -> a.total.gpuMillis > 0)
                .thenComparing(policy == PlacementPolicy.SPREAD ? tightest.reversed() : tightest);
    }

    @Test
    void drawsUpTheLedgerThatItKeptStepByStep() {
        addAgents();
        for (int search = 0; search < SEARCHES / 4; search++) {
            RequestClass wanted = wanted();
            Agent found = index.find(wanted, PlacementPolicy.BINPACK, MAX_TASKS);
            if (found != null) {
                place(wanted, found, search);
            }
            if (search % 3 == 0 && !placed.isEmpty()) {
                end(placed.remove(random.nextInt(placed.size())));
            }
        }

        for (Agent agent : agents) {
            String kept = ledger(agent);
            agent.balance();
            assertThat(ledger(agent))
                    .as("ledger of %s with seed %d", agent.id, seed)
                    .isEqualTo(kept);
        }
    }

    private static String ledger(Agent agent) {
        Room free = agent.unoccupied();
        return free.amount().toResources() + " " + free.amount().ports + " " + free.devices() + " " + free.ports()
                + agent.open().amount().toResources()
                + ROLES.stream()
                        .map(role -> agent.open(role).amount().toResources())
                        .toList();
    }

    private void addAgents() {
        for (int i = 0; i < AGENTS; i++) {
            Agent agent = new Agent("a" + i, i, TERMS);
            agent.resources = Resources.newBuilder(amount(64_000, 1_000))
                    .setGpuMillis(i % 3 == 0 ? 1_000L * random.nextInt(9) : 0L)
                    .setPorts(List.of(new PortRange(80, 80 + random.nextInt(3)), new PortRange(1_000, 1_020)))
                    .build();
            agent.attributes(List.of(new KeyValue("rack", "r" + random.nextInt(40))), i + 1);
            if (i % 20 == 0) {
                agent.staticReservations = List.of(new Reservation(role(), amount(20_000, 300), List.of()));
                agent.reservations = List.of(new Reservation(role(), amount(20_000, 300), List.of()));
            }
            agent.balance();
            agents.add(agent);
            index.add(agent);
        }
    }

    private RequestClass wanted() {
        ConstraintSet constraints = constraintSets.get(random.nextInt(constraintSets.size()));
        Resources.Builder resources = Resources.newBuilder(amount(40_000, 500));
        if (random.nextInt(4) == 0) {
            resources.setGpuMillis(random.nextBoolean() ? 1 + random.nextInt(999) : 1_000L * (1 + random.nextInt(4)));
        }
        if (random.nextInt(8) == 0) {
            resources.setPorts(List.of(new PortRange(81, 81), new PortRange(1_003, 1_004 + random.nextInt(3))));
        }
        TaskRequest request = Requests.task("t")
                .setResources(resources.build())
                .setRole(role())
                .setPortCount(random.nextInt(4) == 0 ? random.nextInt(10) : 0)
                .build();
        return new RequestClass("c", Role.leafOf(new Role(request.getRole(), null), ""), request, constraints);
    }

    private String role() {
        return ROLES.get(random.nextInt(ROLES.size()));
    }

    private void place(RequestClass wanted, Agent agent, int number) {
        Task task = new Task("t" + number, "", wanted.leaf.name, number);
        task.requestClass = wanted;
        task.agentId = agent.id;
        index.change(agent, () -> agent.occupy(task, null));
        placed.add(task);
    }

    private void holdOrRelease(RequestClass wanted, int number) {
        Agent agent = agents.get(random.nextInt(AGENTS));
        if (!agent.holds.isEmpty()) {
            Task holder = agent.holds.firstEntry().getValue().task();
            index.change(agent, () -> agent.release(holder));
        } else if (random.nextInt(10) == 0) {
            Task holder = new Task("h" + number, "", wanted.leaf.name, number);
            holder.requestClass = wanted;
            index.change(agent, () -> agent.hold(holder, wanted.need));
        }
    }

    private void end(Task task) {
        Agent agent = agents.stream()
                .filter(a -> a.id.equals(task.agentId))
                .findFirst()
                .orElseThrow();
        index.change(agent, () -> agent.vacate(task));
    }

    private void changeAttributes(Agent agent) {
        index.change(
                agent,
                () -> agent.attributes(
                        List.of(new KeyValue("rack", "r" + random.nextInt(40))), agent.attributesVersion + AGENTS));
    }

    private static List<ConstraintSet> constraintSets() {
        List<ConstraintSet> sets = new ArrayList<>();
        sets.add(new ConstraintSet(List.of(), List.of()));
        sets.add(new ConstraintSet(List.of(), List.of("licences")));
        for (int i = 0; i < 10; i++) {
            sets.add(new ConstraintSet(
                    List.of(new Constraint("rack", ConstraintOperator.EQUALS, List.of("r" + i))), List.of()));
            sets.add(new ConstraintSet(
                    List.of(new Constraint("rack", ConstraintOperator.MATCHES, List.of("r[" + i + "-9]"))),
                    List.of("licences")));
        }
        return sets;
    }

    private Resources amount(int cpuMillis, int licences) {
        return Resources.newBuilder()
                .setCpuMillis(random.nextInt(cpuMillis))
                .setMemMib(random.nextInt(100_000))
                .setDiskMib(random.nextInt(10_000))
                .setScalars(List.of(new ScalarQuantity("licences", (long) random.nextInt(licences))))
                .build();
    }
}
