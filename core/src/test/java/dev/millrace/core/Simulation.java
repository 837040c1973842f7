package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Quota;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.Spread;
import dev.millrace.contract.SpreadTarget;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Tick;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import dev.millrace.contract.Unreserve;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedRole;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/**
 * One pool with its agents, clients and operator in one thread on virtual time, driven by a seed. The network delays each sender's messages
 * at random but keeps their order. Beside the shard that lives throughout there is one that is lost and rebuilt from the stored records at
 * random inputs; both must put out the same. What must never happen is asserted as it would happen.
 */
final class Simulation {
    private static final String POOL = Requests.POOL;
    private static final int AGENTS = 6;
    private static final int FRAMEWORKS = 3;
    private static final int FULL_CHECK_EVERY = Integer.getInteger("millrace.sim.check", 200);
    private static final long FOR_EVER_MS = 1_000L * 3_600_000;
    private static final long QUIET_TICK_MS = 2_000;
    private static final long QUIET_CHECK_MS = 600_000;
    private static final long QUIET_MS = 24 * 3_600_000;

    private static final List<String> ROLES =
            List.of("default", "eng", "eng/search", "eng/search/index", "ads", "ads/video");

    private record Event(long timeMs, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(timeMs, other.timeMs);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<String, Long> channels = new HashMap<>();
    private final List<SimulatedAgent> agents = new ArrayList<>();
    private final Set<String> launched = new HashSet<>();
    private final Set<String> started = new HashSet<>();
    private final Set<String> refused = new HashSet<>();
    private final Set<String> startless = new HashSet<>();
    private final Map<String, Resources> occupied = new HashMap<>();
    private final Map<String, String> taskAgents = new HashMap<>();
    private final Map<String, TaskRequest> requested = new HashMap<>();
    private final StatusLedger ledger = new StatusLedger();
    private final List<SimulatedFramework> frameworks = new ArrayList<>();
    private final ShardPair shards;
    private long nowMs = 1_700_000_000_000L;
    private long eventNumber;
    private long inputs;
    private int nextTask;
    private boolean quiet;

    Simulation(long seed) {
        random = new Random(seed);
        // Small steps leave more for the next ones, and so more states to be interrupted in.
        int entitiesPerStep = random.nextInt(3) == 0 ? Budget.PER_STEP : 1 + random.nextInt(12);
        shards = new ShardPair(() -> new Shard(0, 1, entitiesPerStep));
    }

    /** Lets so many inputs reach the shard, then everything come to rest, and checks what is left. */
    void run(long inputCount) {
        after(0, this::tick);
        for (int i = 0; i < AGENTS; i++) {
            Resources total = Resources.newBuilder(
                            Requests.resources(2_000 + 1_000L * random.nextInt(7), 1_024 + 512L * random.nextInt(8)))
                    .setGpuMillis(i % 2 == 0 ? 1_000L * random.nextInt(4) : 0L)
                    .setPorts(List.of(new PortRange(8_080, 8_080), new PortRange(31_000, 31_000 + random.nextInt(12))))
                    .build();
            SimulatedAgent agent = new SimulatedAgent(
                    this,
                    "a" + i,
                    total,
                    List.of(new KeyValue("rack", "r" + i % 3), new KeyValue("zone", "z" + i % 2)),
                    i == 5 ? List.of(reservation("eng", 1_000)) : List.of());
            agents.add(agent);
            after(random.nextInt(5_000), agent::start);
            after(random.nextInt(60_000), () -> disturb(agent));
        }
        for (int i = 0; i < FRAMEWORKS; i++) {
            SimulatedFramework framework = new SimulatedFramework(this, "f" + i, ROLES);
            frameworks.add(framework);
            after(random.nextInt(20_000), framework::start);
            after(random.nextInt(60_000), () -> disturb(framework));
        }
        after(random.nextInt(1_000), this::submit);
        after(random.nextInt(30_000), this::command);
        after(random.nextInt(30_000), this::reserve);
        while (inputs < inputCount) {
            next();
        }
        quiet = true;
        for (SimulatedFramework framework : frameworks) {
            framework.stop();
            TeardownFramework teardown = new TeardownFramework(POOL, framework.id(), "", "", "");
            deliver("from " + framework.id(), () -> input(Topic.OPERATOR_CMDS, teardown));
        }
        for (String id : new TreeSet<>(requested.keySet())) {
            if (id.endsWith("77")) {
                deliver("client", () -> input(Topic.TASK_REQUESTS, kill(id)));
            }
        }
        long untilMs = nowMs + QUIET_MS;
        do {
            for (long checkMs = nowMs + QUIET_CHECK_MS; nowMs < checkMs; ) {
                next();
            }
        } while (nowMs < untilMs && !isAtRest());
        checkRest();
    }

    Random random() {
        return random;
    }

    long nowMs() {
        return nowMs;
    }

    long runTimeMs(String taskId) {
        if (taskId.endsWith("77")) {
            return FOR_EVER_MS;
        }
        return taskId.endsWith("7") ? 60_000 + random.nextInt(120_000) : random.nextInt(10_000);
    }

    void after(long delayMs, Runnable action) {
        events.add(new Event(nowMs + delayMs, eventNumber++, action));
    }

    /** Sends a record to the shard; {@code acknowledged} is run when it is in the log, just before it is taken. */
    void toScheduler(SimulatedAgent agent, SpecificRecord record, Runnable acknowledged) {
        deliver("from " + agent.id(), () -> {
            acknowledged.run();
            input(Topic.AGENT_EVENTS, record);
        });
    }

    /** Sends a framework's call to the shard. */
    void toScheduler(SimulatedFramework framework, SpecificRecord call) {
        deliver("from " + framework.id(), () -> input(Topic.FRAMEWORK_CALLS, call));
    }

    /** A framework is going to launch a task. */
    void requests(TaskRequest request) {
        requested.put(request.getTaskId(), request);
    }

    /** An agent starts a process. */
    void started(String taskAndAttempt) {
        assertThat(started.add(taskAndAttempt))
                .as("%s is started for the first time", taskAndAttempt)
                .isTrue();
        assertThat(startless).as("attempts that may not start any more").doesNotContain(taskAndAttempt);
    }

    private void next() {
        Event event = events.remove();
        nowMs = event.timeMs;
        event.action.run();
    }

    private void tick() {
        long intervalMs = quiet ? QUIET_TICK_MS : Harness.TICK_MS;
        input(Topic.INTERNAL, new Tick(0, intervalMs));
        after(!quiet && random.nextInt(500) == 0 ? 60_000 : intervalMs, this::tick);
    }

    private void submit() {
        if (quiet) {
            return;
        }
        if (random.nextInt(8) == 0) {
            submitGang();
        }
        int tasks = random.nextInt(20) == 0 ? 60 : 1 + random.nextInt(3);
        for (int i = 0; i < tasks; i++) {
            TaskRequest request = request();
            boolean first = requested.putIfAbsent(request.getTaskId(), request) == null;
            deliver("client", () -> {
                // An id may be used again once the horizon has passed; the books here know each id for one task only.
                if (first || shards.stored().get(Store.TASKS, POOL + '/' + request.getTaskId()) != null) {
                    input(Topic.TASK_REQUESTS, request);
                }
            });
        }
        after(random.nextInt(6_000), this::submit);
    }

    /** A few tasks that are placed together or not at all; now and then one of them is missing. */
    private void submitGang() {
        int size = 2 + random.nextInt(4);
        String role = ROLES.get(random.nextInt(ROLES.size()));
        Gang gang = new Gang("g" + nextTask, size, 20_000L + random.nextInt(120_000));
        int sent = random.nextInt(8) == 0 ? size - 1 : size;
        for (int i = 0; i < sent; i++) {
            TaskRequest request = TaskRequest.newBuilder(request("t" + nextTask++))
                    .setGang(gang)
                    .setRole(role)
                    .setNotBefore(null)
                    .setPriority(50)
                    .build();
            requested.put(request.getTaskId(), request);
            deliver("client", () -> input(Topic.TASK_REQUESTS, request));
        }
    }

    private TaskRequest request() {
        boolean repeated = nextTask > 0 && random.nextInt(30) == 0;
        String id = "t" + (repeated ? random.nextInt(nextTask) : nextTask++);
        return request(id);
    }

    private TaskRequest request(String id) {
        TaskRequest.Builder request = Requests.task(id)
                .setPriority(random.nextInt(5) * 10)
                .setResources(Requests.resources(500L * (1 + random.nextInt(4)), 256L * (1 + random.nextInt(4))))
                .setRestartPolicy(new RestartPolicy(
                        RestartMode.values()[1 + random.nextInt(3)], 1 + random.nextInt(4), 500L, 8_000L))
                .setUnreachablePolicy(new UnreachablePolicy(
                        random.nextInt(4) == 0 ? UnreachableAction.WAIT : UnreachableAction.REPLACE,
                        1_000L * random.nextInt(60)));
        if (random.nextInt(4) == 0) {
            request.setConstraints(List.of(constraint()));
        }
        request.setLabels(List.of(new KeyValue("app", "app" + random.nextInt(3))));
        if (random.nextInt(4) == 0) {
            request.setAffinities(List.of(affinity()));
        }
        if (random.nextInt(8) == 0) {
            request.setJob("job" + random.nextInt(2));
            request.setSpreads(List.of(new Spread(
                    "rack",
                    random.nextBoolean() ? List.of() : List.of(new SpreadTarget("r0", 700)),
                    random.nextBoolean(),
                    50)));
        }
        request.setRole(ROLES.get(random.nextInt(ROLES.size())));
        if (random.nextInt(3) == 0) {
            request.setResources(withPortsOrGpus(request));
        }
        if (random.nextInt(20) == 0) {
            request.setNotBefore(Instant.ofEpochMilli(nowMs + random.nextInt(30_000)));
        }
        if (random.nextInt(50) == 0) {
            request.setPriority(101);
        }
        if (random.nextInt(3) == 0) {
            request.setMaxRunTimeMs(20_000L + random.nextInt(5) * 40_000L);
        }
        return request.setRole(ROLES.get(random.nextInt(ROLES.size()))).build();
    }

    private Affinity affinity() {
        return new Affinity(
                "app",
                "app" + random.nextInt(3),
                List.of("", "rack", "zone").get(random.nextInt(3)),
                random.nextBoolean(),
                random.nextBoolean(),
                1 + random.nextInt(100));
    }

    private Resources withPortsOrGpus(TaskRequest.Builder request) {
        Resources.Builder resources = Resources.newBuilder(request.getResources());
        if (random.nextBoolean()) {
            resources.setGpuMillis(List.of(200L, 500L, 700L, 1_000L, 2_000L).get(random.nextInt(5)));
        }
        if (random.nextInt(4) == 0) {
            resources.setPorts(List.of(new PortRange(8_080, 8_080), new PortRange(31_001, 31_001)));
        }
        if (random.nextBoolean()) {
            request.setPortCount(1 + random.nextInt(4));
        }
        return resources.build();
    }

    private Constraint constraint() {
        return switch (random.nextInt(4)) {
            case 0 -> Requests.constraint("rack", ConstraintOperator.EQUALS, "r" + random.nextInt(4));
            case 1 -> Requests.constraint("rack", ConstraintOperator.NOT_EQUALS, "r1");
            case 2 -> Requests.constraint("zone", ConstraintOperator.MATCHES, "z[1-9]");
            default -> Requests.constraint("rack", ConstraintOperator.IN, "r0", "r2");
        };
    }

    private void command() {
        if (quiet) {
            return;
        }
        if (random.nextInt(4) != 0 && nextTask > 0) {
            String id = "t" + random.nextInt(nextTask);
            deliver("client", () -> input(Topic.TASK_REQUESTS, kill(id)));
        } else if (random.nextInt(3) != 0) {
            SpecificRecord command = roleCommand();
            deliver("operator", () -> input(Topic.OPERATOR_CMDS, command));
        } else if (random.nextInt(10) == 0) {
            RemoveAgent removal = RemoveAgent.newBuilder()
                    .setPool(POOL)
                    .setAgentId("a" + random.nextInt(AGENTS))
                    .build();
            deliver("operator", () -> input(Topic.OPERATOR_CMDS, removal));
        } else {
            long heartbeatMs = 2_000L + random.nextInt(6_000);
            long leaseMs = heartbeatMs * (2 + random.nextInt(3));
            ConfigurePool configure = ConfigurePool.newBuilder()
                    .setPool(POOL)
                    .setHeartbeatIntervalMs(heartbeatMs)
                    .setLeaseMs(leaseMs)
                    .setUnreachableTimeoutMs(leaseMs * 2 - random.nextInt((int) leaseMs / 2))
                    .setMaxTasksPerAgent(3 + random.nextInt(10))
                    .setPlacement(PlacementPolicy.values()[1 + random.nextInt(3)])
                    .setPreemption(random.nextInt(4) != 0)
                    .setPreemptionGap(10 + random.nextInt(20))
                    .setReclaimDelayMs((long) random.nextInt(20_000))
                    .setHoldAfterMs((long) random.nextInt(30_000))
                    .setGangHoldMs(1_000L + random.nextInt(30_000))
                    .setOfferTimeoutMs(2_000L + random.nextInt(60_000))
                    .setMinOfferCpuMillis(10L + random.nextInt(1_000))
                    .setFrameworkCallsPerSecond(2 + random.nextInt(50))
                    .setAgentLossesPerMinute(random.nextInt(4))
                    .setEndedHorizonMs(600_000L)
                    .setEndedHorizonTasks(50 + random.nextInt(500))
                    .build();
            deliver("operator", () -> input(Topic.OPERATOR_CMDS, configure));
        }
        after(random.nextInt(10_000), this::command);
    }

    private SpecificRecord roleCommand() {
        String role = ROLES.get(random.nextInt(ROLES.size()));
        if (random.nextInt(6) == 0) {
            return RemoveRole.newBuilder().setPool(POOL).setRole(role).build();
        }
        return SetRole.newBuilder()
                .setPool(POOL)
                .setRole(role)
                .setWeightMilli(random.nextBoolean() ? 1 + random.nextInt(5_000) : null)
                .setGuarantee(random.nextInt(3) == 0 ? quota(random.nextInt(8) * 1_000L) : null)
                // Room for the largest task, and for a gang of those, so that nothing waits for ever.
                .setLimit(random.nextInt(3) == 0 ? quota(10_000L + random.nextInt(8) * 1_000L) : null)
                .setMaxQueued(random.nextInt(5) == 0 ? random.nextInt(40) - 1 : null)
                .setMaxRequestsPerSecond(random.nextInt(8) == 0 ? 1 + random.nextInt(5) : null)
                .setForce(random.nextInt(4) == 0)
                .build();
    }

    private static Quota quota(long cpuMillis) {
        return Quota.newBuilder().setCpuMillis(cpuMillis).build();
    }

    private void reserve() {
        if (quiet) {
            return;
        }
        String agentId = "a" + random.nextInt(AGENTS);
        Reservation reservation = reservation(ROLES.get(1 + random.nextInt(4)), 500L * (1 + random.nextInt(4)));
        SpecificRecord command = random.nextInt(3) == 0
                ? Reserve.newBuilder()
                        .setPool(POOL)
                        .setAgentId(agentId)
                        .setReservation(reservation)
                        .build()
                : Unreserve.newBuilder()
                        .setPool(POOL)
                        .setAgentId(agentId)
                        .setReservation(reservation)
                        .build();
        deliver("operator", () -> input(Topic.OPERATOR_CMDS, command));
        after(random.nextInt(5_000), this::reserve);
    }

    private static Reservation reservation(String role, long cpuMillis) {
        return new Reservation(role, Requests.resources(cpuMillis, cpuMillis / 8), List.of());
    }

    private static KillRequest kill(String taskId) {
        return KillRequest.newBuilder().setPool(POOL).setTaskId(taskId).build();
    }

    private void disturb(SimulatedAgent agent) {
        if (quiet) {
            agent.start();
            return;
        }
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                agent.crash(false);
                after(random.nextInt(90_000), agent::start);
            }
            case 3 -> {
                agent.crash(true);
                after(random.nextInt(90_000), agent::start);
            }
            case 4 -> {
                agent.leave();
                after(random.nextInt(90_000), agent::start);
            }
            default -> cutOff(agent, random.nextInt(90_000));
        }
        after(20_000 + random.nextInt(120_000), () -> disturb(agent));
    }

    private void disturb(SimulatedFramework framework) {
        if (quiet) {
            return;
        }
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                framework.crash();
                after(random.nextInt(90_000), framework::start);
            }
            case 2 -> {
                framework.leave();
                after(random.nextInt(90_000), framework::start);
            }
            case 3 -> {
                framework.tearDown();
                after(5_000 + random.nextInt(90_000), framework::start);
            }
            // Another process takes over, and the first one does not know.
            case 4 -> framework.start();
            default -> {
                channels.merge("from " + framework.id(), nowMs + random.nextInt(60_000), Math::max);
                channels.merge("to " + framework.id(), nowMs + random.nextInt(60_000), Math::max);
            }
        }
        after(10_000 + random.nextInt(100_000), () -> disturb(framework));
    }

    /** Holds back what is sent to and from the agent from now on. */
    private void cutOff(SimulatedAgent agent, long forMs) {
        channels.merge("from " + agent.id(), nowMs + forMs, Math::max);
        if (random.nextBoolean()) {
            channels.merge("to " + agent.id(), nowMs + forMs, Math::max);
        }
    }

    private void deliver(String channel, Runnable arrival) {
        long delayMs = random.nextInt(10) == 0 ? random.nextInt(2_000) : random.nextInt(30);
        long arrivalMs = Math.max(nowMs + delayMs, channels.getOrDefault(channel, 0L));
        channels.put(channel, arrivalMs);
        events.add(new Event(arrivalMs, eventNumber++, arrival));
    }

    private void input(Topic topic, SpecificRecord record) {
        Input input = new Input(topic, nowMs, record);
        if (random.nextInt(50) == 0) {
            shards.restart();
        }
        Outbox out = shards.on(input);
        if (out.rejection() != null) {
            assertThat(out.rejection().reason())
                    .as("%s is legal traffic, and %s", input, out.rejection())
                    .isNotEqualTo(DeadLetterReason.IMPOSSIBLE);
        }
        for (Message message : out.messages()) {
            take(message);
        }
        checkGangs(out);
        checkRoles(out);
        if (++inputs % FULL_CHECK_EVERY == 0) {
            shards.assertSameIndexes();
        }
    }

    private void take(Message message) {
        if (message.value() instanceof TaskStatus status) {
            ledger.take(status);
            account(status);
        } else if (message.value() instanceof Continue again) {
            deliver("internal", () -> input(Topic.INTERNAL, again));
        } else if (message.topic() == Topic.RESOURCE_OFFERS) {
            if (message.value() instanceof Reconciled reconciled) {
                reconciled.getStatuses().forEach(this::assertIsLast);
            }
            SimulatedFramework framework =
                    frameworks.get(Integer.parseInt(message.key().substring(1)));
            deliver("to " + framework.id(), () -> framework.take(message.value()));
        } else if (message.topic() == Topic.TASK_LAUNCHES) {
            if (message.value() instanceof LaunchTask launch) {
                launched(launch);
            } else if (message.value() instanceof LaunchTaskGroup group) {
                group.getTasks().forEach(this::launched);
            }
            SimulatedAgent agent = agents.get(Integer.parseInt(message.key().substring(1)));
            deliver("to " + agent.id(), () -> agent.take(message.value()));
        }
    }

    private void launched(LaunchTask launch) {
        assertReservedIsLeft(launch);
        String key = launch.getRequest().getTaskId() + '#' + launch.getAttempt();
        assertThat(launched.add(key))
                .as("%s is launched for the first time", key)
                .isTrue();
    }

    /** What frameworks are told of tasks when they ask is what was said of them last. */
    private void assertIsLast(TaskStatus status) {
        if (status.getState() != TaskState.TASK_UNKNOWN) {
            TaskStatus last = ledger.of(status.getTaskId());
            assertThat(List.of(status.getState(), status.getSequence(), status.getAttempt()))
                    .as("%s, after %s", status, last)
                    .isEqualTo(List.of(last.getState(), last.getSequence(), last.getAttempt()));
        }
    }

    /** All members of a gang that are not over are placed in one step, or none is. */
    private void checkGangs(Outbox out) {
        Map<String, Integer> placed = new HashMap<>();
        Map<String, Gang> gangs = new HashMap<>();
        for (Message message : out.messages()) {
            if (message.value() instanceof LaunchTask launch
                    && launch.getRequest().getGang() != null) {
                gangs.put(
                        launch.getRequest().getGang().getGroup(),
                        launch.getRequest().getGang());
                placed.merge(launch.getRequest().getGang().getGroup(), 1, Integer::sum);
            }
        }
        gangs.forEach((group, gang) -> {
            int alive = 0;
            for (TaskRequest request : requested.values()) {
                if (request.getGang() != null && request.getGang().getGroup().equals(group)) {
                    TaskStatus last = ledger.of(request.getTaskId());
                    alive += last != null && !last.getTaskEnded() ? 1 : 0;
                }
            }
            assertThat(placed.get(group))
                    .as("members of %s placed at once", group)
                    .isEqualTo(alive);
        });
    }

    /** What a step has placed is within the limits of its role and those above; what a limit was set below does not count. */
    private void checkRoles(Outbox out) {
        Set<String> grown = new TreeSet<>();
        for (Message message : out.messages()) {
            // What is offered was counted when it was offered.
            if (message.value() instanceof LaunchTask launch
                    && launch.getFrameworkId().isEmpty()) {
                String role = launch.getRequest().getRole();
                for (int end = role.length(); end > 0; end = role.lastIndexOf('/', end - 1)) {
                    grown.add(role.substring(0, end));
                }
            }
        }
        for (String role : grown) {
            if (shards.stored().get(Store.ROLES, POOL + '/' + role) instanceof SavedRole saved
                    && saved.getLimit() != null) {
                assertThat(used(role))
                        .as("cores of %s", role)
                        .isLessThanOrEqualTo(saved.getLimit().getCpuMillis());
            }
        }
    }

    private long used(String role) {
        long cpuMillis = 0;
        for (String id : taskAgents.keySet()) {
            TaskRequest request = requested.get(id);
            if (request.getRole().equals(role) || request.getRole().startsWith(role + '/')) {
                cpuMillis += request.getResources().getCpuMillis();
            }
        }
        return cpuMillis;
    }

    /** What is reserved for other roles is no more used by a task that is placed than what the agent has beside it. */
    private void assertReservedIsLeft(LaunchTask launch) {
        for (PoolScheduler pool : shards.shard().pools()) {
            Agent agent = pool.state().agents.get(launch.getAgentId());
            if (agent == null || !agent.hasReservations()) {
                continue;
            }
            String own = launch.getRequest().getRole().split("/", 2)[0];
            for (String other : List.of("eng", "ads")) {
                if (!own.equals(other)) {
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
        }
    }

    private void assertAffinitiesHold(TaskRequest request, String agentId) {
        for (Affinity affinity : request.getAffinities()) {
            assertThat(holds(affinity, request, agentId))
                    .as("%s holds for %s on %s", affinity, request.getTaskId(), agentId)
                    .isTrue();
        }
    }

    /** Whether it is a wish, or is true of the agent as the tasks are placed now. */
    private boolean holds(Affinity affinity, TaskRequest request, String agentId) {
        KeyValue label = new KeyValue(affinity.getLabelKey(), affinity.getLabelValue());
        List<String> bearers = taskAgents.entrySet().stream()
                .filter(entry -> requested.get(entry.getKey()).getLabels().contains(label))
                .map(Map.Entry::getValue)
                .toList();
        boolean isNear =
                bearers.stream().anyMatch(other -> place(other, affinity).equals(place(agentId, affinity)));
        boolean isFirst = bearers.isEmpty() && request.getLabels().contains(label);
        boolean holds = affinity.getAnti() ? !isNear : isNear || isFirst;
        return holds || !affinity.getRequired();
    }

    private String place(String agentId, Affinity affinity) {
        return agents.get(Integer.parseInt(agentId.substring(1))).attributes().stream()
                .filter(attribute -> attribute.getKey().equals(affinity.getAttribute()))
                .map(KeyValue::getValue)
                .findFirst()
                .orElse(agentId);
    }

    /** Keeps the books of who occupies what from the status stream alone. */
    private void account(TaskStatus status) {
        String id = status.getTaskId();
        if (status.getSequence() == 0) {
            refused.add(id);
            return;
        }
        String key = id + '#' + status.getAttempt();
        switch (status.getState()) {
            case TASK_DROPPED -> {
                startless.add(key);
                assertThat(started)
                        .as("attempts that started before they were dropped")
                        .doesNotContain(key);
            }
            // Its registration is void. A lost one may start yet: an agent that is heard of again has a lease again,
            // and can read a launch
            // from before it was given up sooner than that it was. It is killed when the agent has registered.
            case TASK_GONE -> startless.add(key);
            default -> {}
        }
        if (status.getState() == TaskState.TASK_STAGING && !taskAgents.containsKey(id)) {
            assertAffinitiesHold(requested.get(id), status.getAgentId());
        }
        if (status.getState() == TaskState.TASK_STAGING && taskAgents.put(id, status.getAgentId()) == null) {
            add(status.getAgentId(), requested.get(id).getResources(), 1);
        } else if (status.getAttemptEnded()) {
            String agentId = taskAgents.remove(id);
            if (agentId != null) {
                add(agentId, requested.get(id).getResources(), -1);
            }
        }
    }

    private void add(String agentId, Resources amount, int sign) {
        Resources before = occupied.getOrDefault(agentId, new Resources());
        Resources now = Requests.resources(
                before.getCpuMillis() + sign * amount.getCpuMillis(), before.getMemMib() + sign * amount.getMemMib());
        occupied.put(agentId, now);
        Resources total = agents.get(Integer.parseInt(agentId.substring(1))).total();
        assertThat(now.getCpuMillis()).as("cores given on %s", agentId).isBetween(0L, total.getCpuMillis());
        assertThat(now.getMemMib()).as("memory given on %s", agentId).isBetween(0L, total.getMemMib());
    }

    /** After a long quiet time each task has ended, or waits for what no agent has, and no process runs without its task. */
    private void checkRest() {
        for (SimulatedAgent agent : agents) {
            assertThat(agent.processes()).as("processes on %s", agent).isZero();
        }
        for (PoolScheduler pool : shards.shard().pools()) {
            for (Agent agent : pool.state().capacity.agents()) {
                assertThat(agent.free.toResources())
                        .as("free on %s with %s and orphans %s", agent.id, agent.tasks.keySet(), agent.orphans.keySet())
                        .isEqualTo(agent.total.toResources());
                assertThat(agent.unoccupied().ports().freeCount())
                        .as("free ports on %s", agent.id)
                        .isEqualTo(Ports.count(agent.resources.getPorts()));
            }
        }
        assertNothingIsLeftOfFrameworks();
        for (String id : requested.keySet()) {
            assertThat(refused.contains(id) || ledger.of(id) != null)
                    .as("%s was answered", id)
                    .isTrue();
        }
        for (TaskStatus status : ledger.last()) {
            if (!status.getTaskEnded()) {
                assertThat(status.getState()).as("%s", status).isIn(TaskState.TASK_QUEUED, TaskState.TASK_UNREACHABLE);
                assertThat(couldRun(status))
                        .as(
                                "%s could run: %s",
                                requested.get(status.getTaskId()),
                                shards.shard().explain(POOL, status.getTaskId()).map(TaskExplanation::why))
                        .isFalse();
            }
        }
    }

    /** Frameworks are gone, but for those that have something on agents that never come back. */
    private void assertNothingIsLeftOfFrameworks() {
        assertThat(shards.stored().size(Store.OFFERS)).as("offers").isZero();
        assertThat(shards.stored().size(Store.FILTERS)).as("filters").isZero();
        for (PoolScheduler pool : shards.shard().pools()) {
            for (Framework framework : pool.state().frameworks.all()) {
                assertThat(framework.state)
                        .as("state of %s", framework.id)
                        .isEqualTo(FrameworkState.FRAMEWORK_TEARDOWN);
                assertThat(framework.tasks.size() + framework.executors.size())
                        .as("what %s has", framework.id)
                        .isPositive();
                assertThat(framework.tasks.values())
                        .allMatch(task -> !pool.state().agent(task.agentId).isActive());
                assertThat(framework.executors).allMatch(executor -> !executor.agent.isActive());
            }
        }
    }

    private boolean isAtRest() {
        boolean nothingIsOccupied = true;
        for (PoolScheduler pool : shards.shard().pools()) {
            // What is left of a step is still to come.
            nothingIsOccupied &= pool.state().continueSentMs == PoolState.NO_CONTINUE;
            for (Agent agent : pool.state().capacity.agents()) {
                nothingIsOccupied &= agent.attempts() == 0 && agent.executors.isEmpty();
            }
        }
        return nothingIsOccupied && agents.stream().allMatch(agent -> agent.processes() == 0);
    }

    private boolean couldRun(TaskStatus status) {
        if (status.getState() == TaskState.TASK_UNREACHABLE) {
            return agents.stream().anyMatch(a -> a.id().equals(status.getAgentId()) && a.isUp());
        }
        TaskRequest request = requested.get(status.getTaskId());
        if (request.getGang() != null) {
            // It was placed before, and there may be too few agents now. None of it may run without the others.
            for (TaskRequest other : requested.values()) {
                if (other.getGang() != null && other.getGang().equals(request.getGang())) {
                    TaskStatus last = ledger.of(other.getTaskId());
                    // One may wait for an agent that never comes back.
                    boolean cutOff = last.getState() == TaskState.TASK_UNREACHABLE && !couldRun(last);
                    assertThat(last.getState())
                            .as("member %s of a gang that waits", other.getTaskId())
                            .matches(state ->
                                    cutOff || state == TaskState.TASK_QUEUED || Transitions.endsAttempt(state));
                }
            }
            return false;
        }
        if (request.getSpreads().stream().anyMatch(Spread::getRequired) && !taskAgents.isEmpty()) {
            return false; // Tasks of unreachable agents may be all that its part of the cluster may have.
        }
        return agents.stream().filter(SimulatedAgent::isUp).anyMatch(agent -> {
            Agent empty = new Agent(agent.id(), 0, new PoolState(POOL, new Clocks()).terms());
            empty.register(
                    Requests.agent(agent.id(), 1)
                            .setResources(agent.total())
                            .setAttributes(agent.attributes())
                            .build(),
                    1);
            for (PoolScheduler pool : shards.shard().pools()) {
                Agent known = pool.state().agents.get(agent.id());
                empty.staticReservations = known == null ? List.of() : known.staticReservations;
                empty.reservations = known == null ? List.of() : known.reservations;
            }
            empty.balance();
            return new RequestClass(
                                    "c",
                                    Role.leafOf(new Role(request.getRole(), null), ""),
                                    request,
                                    new ConstraintSet(request.getConstraints(), List.of()))
                            .fits(empty, 1)
                    && request.getAffinities().stream().allMatch(affinity -> holds(affinity, request, agent.id()));
        });
    }
}
