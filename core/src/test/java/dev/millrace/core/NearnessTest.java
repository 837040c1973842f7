package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The number of trials comes from {@code millrace.nearness.steps}. */
class NearnessTest {
    private static final int STEPS = Integer.getInteger("millrace.nearness.steps", 3_000);
    private static final int AGENTS = 12;
    private static final List<String> ATTRIBUTES = List.of("", "rack", "zone");

    private final Harness harness = new Harness();

    @Test
    void keepsTasksFarFromTasksWithTheirLabel() {
        harness.on(inRack("a1", "r1")).on(inRack("a2", "r2"));

        for (int i = 0; i < 3; i++) {
            harness.on(labelled("t" + i, "db")
                    .setAffinities(List.of(far("db", "")))
                    .build());
        }
        harness.tick();
        List<Veto> vetoes = harness.explanations().get(0).getVetoes();
        int launched = harness.launches().size();
        harness.on(report("a1", "t0", 1, 1, TASK_FINISHED).build());

        assertThat(launched).isEqualTo(2);
        assertThat(vetoes).containsExactly(new Veto(VetoCause.VETO_AFFINITY, "far from app==db", 2));
        assertThat(agentOf("t2")).isEqualTo("a1");
    }

    @Test
    void waitsForATaskToBeNearTo() {
        harness.on(inRack("a1", "r1")).on(inRack("a2", "r2")).on(inRack("a3", "r2"));
        harness.on(task("near").setAffinities(List.of(near("db", "rack"))).build());
        harness.on(labelled("db", "db")
                .setConstraints(List.of(Requests.constraint("rack", ConstraintOperator.EQUALS, "r2")))
                .setResources(resources(4_000, 64))
                .build());

        assertThat(agentOf("db")).isEqualTo("a2");
        assertThat(agentOf("near")).isEqualTo("a3");
    }

    @Test
    void putsTheFirstOfAGroupAnywhereAndTheOthersNearIt() {
        harness.on(inRack("a1", "r1"))
                .on(inRack("a2", "r2"))
                .on(inRack("a3", "r2"))
                .on(agent("a0", 9).build());
        harness.on(labelled("t0", "db")
                .setConstraints(List.of(Requests.constraint("rack", ConstraintOperator.EQUALS, "r2")))
                .setAffinities(List.of(near("db", "rack")))
                .build());

        for (int i = 1; i < 6; i++) {
            harness.on(labelled("t" + i, "db")
                    .setResources(resources(2_000, 64))
                    .setAffinities(List.of(near("db", "rack")))
                    .build());
        }

        assertThat(harness.launches()).extracting(launch -> launch.getAgentId()).containsOnly("a2", "a3");
        assertThat(harness.launches()).hasSize(4);
    }

    @Test
    void goesWhereMostWishesAreMet() {
        harness.on(inRack("a1", "r1")).on(inRack("a2", "r2")).on(inRack("a3", "r3"));
        harness.on(labelled("db", "db").build());
        harness.on(labelled("web", "web")
                .setConstraints(List.of(Requests.constraint("rack", ConstraintOperator.EQUALS, "r2")))
                .build());
        harness.on(task("t")
                .setAffinities(List.of(
                        new Affinity("app", "db", "", true, false, 50),
                        new Affinity("app", "web", "rack", false, false, 30)))
                .build());

        assertThat(agentOf("t")).isEqualTo("a2");
    }

    @Test
    void spreadsAJobEvenlyAndToTargets() {
        for (int i = 0; i < 6; i++) {
            harness.on(inRack("a" + i, "r" + i % 3));
        }

        for (int i = 0; i < 9; i++) {
            harness.on(task("even" + i)
                    .setJob("even")
                    .setSpreads(List.of(new Spread("rack", List.of(), true, 50)))
                    .build());
            harness.on(task("aimed" + i)
                    .setJob("aimed")
                    .setSpreads(List.of(new Spread("rack", List.of(new SpreadTarget("r0", 667)), true, 50)))
                    .build());
        }

        assertThat(racksOf("even")).containsExactly(3, 3, 3);
        assertThat(racksOf("aimed").get(0)).isBetween(4, 6);
    }

    @Test
    void saysThatPartOfTheClusterHasItsShare() {
        harness.on(inRack("a1", "r1"))
                .on(agent("big", 9)
                        .setAttributes(List.of(new KeyValue("rack", "r2")))
                        .setResources(resources(500, 64))
                        .build());
        harness.on(task("t0")
                .setSpreads(List.of(new Spread("rack", List.of(), true, 50)))
                .build());

        harness.on(task("t1")
                        .setSpreads(List.of(new Spread("rack", List.of(), true, 50)))
                        .build())
                .tick();

        assertThat(harness.explanations().get(0).getVetoes()).contains(new Veto(VetoCause.VETO_SPREAD, "rack", 1));
    }

    @Test
    void admitsWhatCountingAnewAdmits() {
        long seed = Long.getLong("millrace.nearness.seed", 3);
        Random random = new Random(seed);
        PoolState state = new PoolState("p", new Clocks());
        List<RequestClass> classes = new ArrayList<>();
        List<TaskRequest> requests = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            TaskRequest request = randomRequest("c" + i, random);
            requests.add(request);
            classes.add(state.waiting.classOf(request, ""));
        }
        List<Task> placed = new ArrayList<>();
        for (int i = 0; i < AGENTS; i++) {
            Agent agent = state.newAgent("a" + i);
            agent.attributes(attributes(random), state.newAttributesVersion());
            agent.resources = resources(1_000_000, 1_000_000);
            agent.balance();
            agent.state = AgentState.AGENT_ACTIVE;
            state.capacity.add(agent);
        }

        for (int step = 0; step < STEPS; step++) {
            Agent agent = state.agents.get("a" + random.nextInt(AGENTS));
            switch (random.nextInt(6)) {
                case 0 ->
                    state.nearness.attributesChange(agent, () -> {
                        state.capacity.remove(agent);
                        agent.attributes(attributes(random), state.newAttributesVersion());
                        state.capacity.add(agent);
                    });
                case 1, 2 -> {
                    if (!placed.isEmpty()) {
                        state.occupancy.vacate(placed.remove(random.nextInt(placed.size())));
                    }
                }
                case 3 -> state.nearness.forget(classes.get(random.nextInt(classes.size())));
                default -> {
                    TaskRequest request = randomRequest("t" + step, random);
                    Task task = new Task(request.getTaskId(), "", request.getRole(), step);
                    task.request = request;
                    task.requestClass = new RequestClass(
                            "x", state.roles.leaf(request.getRole()), request, new ConstraintSet(List.of(), List.of()));
                    state.occupancy.occupy(agent, task);
                    placed.add(task);
                }
            }

            int chosen = random.nextInt(classes.size());
            for (Agent candidate : state.agents.values()) {
                assertThat(classes.get(chosen).fits(candidate, 1_000_000))
                        .as("%s on %s in step %d of seed %d", classes.get(chosen).text, candidate.id, step, seed)
                        .isEqualTo(admits(requests.get(chosen), candidate, placed, state));
            }
        }
    }

    @Test
    void findsTheAgentWhereLookingAtEachOneFindsMostWishesMet() {
        long seed = Long.getLong("millrace.nearness.seed", 5);
        Random random = new Random(seed);
        PoolState state = new PoolState("p", new Clocks());
        for (int i = 0; i < AGENTS; i++) {
            Agent agent = state.newAgent("a" + i);
            agent.attributes(attributes(random), state.newAttributesVersion());
            agent.resources = resources(40 + random.nextInt(40), 1_000);
            agent.balance();
            agent.state = AgentState.AGENT_ACTIVE;
            state.capacity.add(agent);
        }
        List<Task> placed = new ArrayList<>();

        for (int step = 0; step < STEPS; step++) {
            TaskRequest.Builder builder = TaskRequest.newBuilder(randomRequest("t" + step, random));
            List<Affinity> wishes = new ArrayList<>();
            for (Affinity must : builder.getAffinities()) {
                wishes.add(Affinity.newBuilder(must)
                        .setRequired(random.nextInt(4) == 0)
                        .setWeight(1 + random.nextInt(100))
                        .build());
            }
            TaskRequest request = builder.setAffinities(wishes).build();
            RequestClass wanted = state.waiting.classOf(request, "");
            Agent expected = null;
            for (Agent agent : state.capacity.inOrder()) {
                boolean fits = wanted.fits(agent, 1_000_000) && admits(request, agent, placed, state);
                if (fits
                        && (expected == null
                                || score(request, agent, placed, state) > score(request, expected, placed, state))) {
                    expected = agent;
                }
            }

            Agent found = state.capacity.find(wanted, PlacementPolicy.BINPACK, 1_000_000);

            assertThat(found)
                    .as("%s in step %d of seed %d", wanted.text, step, seed)
                    .isSameAs(expected);
            state.nearness.forget(wanted);
            if (found != null) {
                Task task = new Task(request.getTaskId(), "", request.getRole(), step);
                task.request = request;
                task.requestClass = wanted;
                state.occupancy.occupy(found, task);
                placed.add(task);
            }
            if (placed.size() > 100) {
                state.occupancy.vacate(placed.remove(random.nextInt(placed.size())));
            }
        }
    }

    private static long score(TaskRequest request, Agent agent, List<Task> placed, PoolState state) {
        long score = 0;
        for (Affinity affinity : request.getAffinities()) {
            Affinity must = Affinity.newBuilder(affinity).setRequired(true).build();
            TaskRequest alone = TaskRequest.newBuilder(request)
                    .setAffinities(List.of(must))
                    .setSpreads(List.of())
                    .build();
            score += !affinity.getRequired() && admits(alone, agent, placed, state) ? affinity.getWeight() : 0;
        }
        return score;
    }

    private static boolean admits(TaskRequest request, Agent agent, List<Task> placed, PoolState state) {
        for (Affinity affinity : request.getAffinities()) {
            KeyValue label = new KeyValue(affinity.getLabelKey(), affinity.getLabelValue());
            List<Task> bearers = placed.stream()
                    .filter(task -> task.request().getLabels().contains(label))
                    .toList();
            boolean near = bearers.stream().anyMatch(task -> isNear(affinity.getAttribute(), agent, task, state));
            boolean mayBeFirst = bearers.isEmpty()
                    && request.getLabels().contains(label)
                    && (affinity.getAttribute().isEmpty() || agent.attribute(affinity.getAttribute()) != null);
            if (affinity.getRequired() && (affinity.getAnti() ? near : !near && !mayBeFirst)) {
                return false;
            }
        }
        for (Spread spread : request.getSpreads()) {
            String value = agent.attribute(spread.getAttribute());
            if (value == null) {
                return false;
            }
            List<Task> group = placed.stream()
                    .filter(task -> task.role.equals(request.getRole())
                            && task.request().getJob().equals(request.getJob()))
                    .toList();
            long here = group.stream()
                    .filter(task -> isNear(spread.getAttribute(), agent, task, state))
                    .count();
            long values = state.agents.values().stream()
                    .map(a -> a.attribute(spread.getAttribute()))
                    .filter(v -> v != null)
                    .distinct()
                    .count();
            long most = (group.size() + 1 + values - 1) / values;
            if (here + 1 > most) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNear(String attribute, Agent agent, Task task, PoolState state) {
        Agent other = state.agents.get(task.agentId);
        String value = agent.attribute(attribute);
        return attribute.isEmpty() ? other == agent : value != null && value.equals(other.attribute(attribute));
    }

    private static TaskRequest randomRequest(String id, Random random) {
        TaskRequest.Builder request = labelled(id, "app" + random.nextInt(4))
                .setJob("job" + random.nextInt(2))
                .setResources(resources(1, 1));
        List<Affinity> affinities = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            affinities.add(new Affinity(
                    "app",
                    "app" + random.nextInt(4),
                    ATTRIBUTES.get(random.nextInt(ATTRIBUTES.size())),
                    random.nextBoolean(),
                    true,
                    50));
        }
        request.setAffinities(affinities);
        if (random.nextInt(3) == 0) {
            request.setSpreads(List.of(new Spread("rack", List.of(), true, 50)));
        }
        return request.build();
    }

    private static List<KeyValue> attributes(Random random) {
        List<KeyValue> attributes = new ArrayList<>();
        if (random.nextInt(4) != 0) {
            attributes.add(new KeyValue("rack", "r" + random.nextInt(3)));
        }
        attributes.add(new KeyValue("zone", "z" + random.nextInt(2)));
        return attributes;
    }

    private String agentOf(String taskId) {
        return harness.launches().stream()
                .filter(launch -> launch.getRequest().getTaskId().equals(taskId))
                .map(launch -> launch.getAgentId())
                .findFirst()
                .orElse(null);
    }

    private List<Integer> racksOf(String job) {
        List<Integer> racks = new ArrayList<>(List.of(0, 0, 0));
        harness.launches().stream()
                .filter(launch -> launch.getRequest().getJob().equals(job))
                .map(launch -> Integer.parseInt(launch.getAgentId().substring(1)) % 3)
                .forEach(rack -> racks.set(rack, racks.get(rack) + 1));
        return racks;
    }

    private static AgentRegistered inRack(String id, String rack) {
        return agent(id, id.hashCode())
                .setAttributes(List.of(new KeyValue("rack", rack)))
                .build();
    }

    private static TaskRequest.Builder labelled(String id, String app) {
        return task(id).setLabels(List.of(new KeyValue("app", app)));
    }

    private static Affinity near(String app, String attribute) {
        return new Affinity("app", app, attribute, false, true, 50);
    }

    private static Affinity far(String app, String attribute) {
        return new Affinity("app", app, attribute, true, true, 50);
    }
}
