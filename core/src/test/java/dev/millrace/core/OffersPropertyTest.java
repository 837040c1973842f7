package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Offer;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Quota;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Tick;
import dev.millrace.contract.Unreserve;
import dev.millrace.contract.UpdateFramework;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedOffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

/**
 * Frameworks, agents, queues and operators do whatever they may, drawn from a seed, and {@link OfferBooks} and {@link FrameworkBooks} look after
 * each step. At last all frameworks are torn down, and nothing of them may be left. The number of operations is
 * {@code millrace.offers.operations}.
 */
class OffersPropertyTest {
    private static final long OPERATIONS = Long.getLong("millrace.offers.operations", 20_000);
    private static final int OPERATIONS_A_SEED = 4_000;
    private static final int INDEX_CHECK_EVERY = 50;
    private static final List<String> FRAMEWORKS = List.of("f0", "f1", "f2", "f3");
    private static final String POOL = Requests.POOL;

    private final List<ScriptedAgent> agents = new ArrayList<>();
    private final OfferBooks books = new OfferBooks();
    private final FrameworkBooks frameworks = new FrameworkBooks(books);
    private final TreeSet<String> unreachable = new TreeSet<>();
    private final ArrayDeque<SpecificRecord> toItself = new ArrayDeque<>();
    private Random random = new Random();
    private RandomFrameworks draw = new RandomFrameworks(random);
    private ShardPair shards = new ShardPair(() -> new Shard(0, 4));
    private long wallMs = 1_700_000_000_000L;
    private long elapsedMs;
    private long offerTimeoutMs = 60_000;
    private int queued;

    @Test
    void keepsItsBooksWhateverFrameworksDo() {
        Seeds.each(
                OffersPropertyTest.class,
                "millrace.offers.seeds",
                Math.max(1, OPERATIONS / OPERATIONS_A_SEED),
                seeded -> new OffersPropertyTest().run(seeded));
    }

    private void run(Random seeded) {
        random = seeded;
        draw = new RandomFrameworks(seeded);
        int entitiesPerStep = random.nextInt(3) == 0 ? Budget.PER_STEP : 1 + random.nextInt(10);
        shards = new ShardPair(() -> new Shard(0, 4, entitiesPerStep));
        tick();
        on(settings().build());
        addAgents();
        for (int i = 1; i <= Math.min(OPERATIONS, OPERATIONS_A_SEED); i++) {
            operation();
            if (i % INDEX_CHECK_EVERY == 0) {
                shards.assertSameIndexes();
            }
        }
        endAll();
    }

    private void addAgents() {
        add("a0", resources(4_000, 4_096).build(), List.of());
        add(
                "a1",
                resources(8_000, 4_096)
                        .setGpuMillis(2_000L)
                        .setPorts(List.of(new PortRange(31_000, 31_007)))
                        .build(),
                List.of());
        add(
                "a2",
                resources(4_000, 8_192)
                        .setScalars(List.of(new ScalarQuantity("licences", 3_000L)))
                        .setPorts(List.of(new PortRange(80, 80), new PortRange(31_000, 31_003)))
                        .build(),
                List.of());
        add("a3", resources(6_000, 2_048).setDiskMib(1_000L).build(), List.of(draw.reservation("eng", 2_000)));
        add("a4", resources(3_000, 3_000).setGpuMillis(4_000L).setDiskMib(500L).build(), List.of());
    }

    private void add(String id, Resources resources, List<Reservation> reservations) {
        List<KeyValue> attributes = List.of(new KeyValue("rack", "r" + agents.size() % 2));
        agents.add(new ScriptedAgent(id, resources, attributes, reservations));
    }

    private static Resources.Builder resources(long cpuMillis, long memMib) {
        return Resources.newBuilder(Requests.resources(cpuMillis, memMib));
    }

    private static ConfigurePool.Builder settings() {
        return ConfigurePool.newBuilder().setPool(POOL).setFrameworkCallsPerSecond(1_000_000);
    }

    private void operation() {
        int kind = random.nextInt(100);
        if (kind < 25) {
            tick();
        } else if (kind < 40) {
            agentDoes(agents.get(random.nextInt(agents.size())));
        } else if (kind < 43) {
            disturb(agents.get(random.nextInt(agents.size())));
        } else if (kind < 53) {
            queueOrCommand();
        } else {
            call(FRAMEWORKS.get(random.nextInt(FRAMEWORKS.size())));
        }
    }

    private void tick() {
        for (ScriptedAgent agent : agents) {
            if (agent.isUp() && random.nextInt(8) == 0) {
                on(agent.heartbeat());
            }
        }
        for (String id : FRAMEWORKS) {
            if (frameworks.incarnation(id) != 0 && random.nextInt(12) == 0) {
                on(new FrameworkHeartbeat(POOL, id, frameworks.incarnation(id)));
            }
        }
        pass();
        // A tick or two may pass where small steps have left something for the next.
        for (SavedOffer offer : books.offers().values()) {
            assertThat(elapsedMs - offer.getMadeMs())
                    .as("age of %s", offer)
                    .isLessThanOrEqualTo(offerTimeoutMs + 2 * Harness.TICK_MS);
        }
    }

    private void pass() {
        wallMs += Harness.TICK_MS;
        on(new Tick(0, Harness.TICK_MS));
    }

    private void agentDoes(ScriptedAgent agent) {
        if (!agent.isUp() || agent.isAsked()) {
            reregister(agent);
            return;
        }
        SpecificRecord said = agent.says();
        SpecificRecord says = said == null ? agent.act(random) : said;
        if (says != null) {
            on(says);
        }
    }

    private void disturb(ScriptedAgent agent) {
        switch (random.nextInt(8)) {
            case 0 -> agent.fallSilent();
            case 1 -> {
                if (agent.isUp()) {
                    on(new AgentLeaving(POOL, agent.id, agent.incarnation(), ""));
                    agent.fallSilent();
                }
            }
            case 2 -> {
                if (unreachable.contains(agent.id)) {
                    agent.loseDisk();
                }
            }
            case 3 -> {
                if (random.nextInt(6) == 0) {
                    on(RemoveAgent.newBuilder()
                            .setPool(POOL)
                            .setAgentId(agent.id)
                            .build());
                }
            }
            case 4, 5 -> {
                agent.has(draw.other(agent.resources()));
                reregister(agent);
            }
            default -> reregister(agent);
        }
    }

    /** What an agent has said before, it has said before it registers. */
    private void reregister(ScriptedAgent agent) {
        for (SpecificRecord says = agent.says(); says != null; says = agent.says()) {
            on(says);
        }
        on(agent.register(random));
    }

    private void queueOrCommand() {
        String role = draw.role();
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> {
                int size = 1 + random.nextInt(4);
                on(Requests.task("q" + queued++)
                        .setRole(role)
                        .setPriority(10 * random.nextInt(5))
                        .setResources(draw.need(size))
                        .build());
            }
            case 4 -> {
                if (queued > 0) {
                    on(kill("q" + random.nextInt(queued)));
                }
            }
            case 5, 6 ->
                on(SetRole.newBuilder()
                        .setPool(POOL)
                        .setRole(role)
                        .setWeightMilli(random.nextBoolean() ? 500 * (1 + random.nextInt(4)) : null)
                        .setGuarantee(random.nextInt(3) == 0 ? quota(3) : null)
                        .setLimit(random.nextBoolean() ? quota(12) : null)
                        .setForce(random.nextBoolean())
                        .build());
            case 7 -> on(RemoveRole.newBuilder().setPool(POOL).setRole(role).build());
            case 8 ->
                on(Reserve.newBuilder()
                        .setPool(POOL)
                        .setAgentId("a" + random.nextInt(5))
                        .setReservation(draw.reservation(role, 500L * (1 + random.nextInt(4))))
                        .build());
            case 9 ->
                on(Unreserve.newBuilder()
                        .setPool(POOL)
                        .setAgentId("a" + random.nextInt(5))
                        .setReservation(draw.reservation(role, 500L * (1 + random.nextInt(4))))
                        .build());
            case 10 -> configure();
            default -> {
                if (random.nextInt(8) == 0) {
                    on(new TeardownFramework(POOL, "f" + random.nextInt(4), "", "", ""));
                }
            }
        }
    }

    private Quota quota(int most) {
        return Quota.newBuilder()
                .setCpuMillis(1_000L * random.nextInt(most))
                .setMemMib(random.nextBoolean() ? null : 1_024L * random.nextInt(most))
                .setGpuMillis(random.nextBoolean() ? null : 500L * random.nextInt(most))
                .build();
    }

    private void configure() {
        offerTimeoutMs = 1_000L * (2 + random.nextInt(30));
        if (random.nextInt(4) == 0) {
            long heartbeatMs = 2_000L + random.nextInt(2_000);
            on(settings()
                    .setHeartbeatIntervalMs(heartbeatMs)
                    .setLeaseMs(2 * heartbeatMs)
                    .setUnreachableTimeoutMs(4 * heartbeatMs)
                    .build());
        }
        on(settings()
                .setOfferTimeoutMs(offerTimeoutMs)
                .setMinOfferCpuMillis(random.nextInt(3) * 500L)
                .setMinOfferMemMib(random.nextInt(3) * 200L)
                .setMaxTasksPerAgent(2 + random.nextInt(10))
                .setEndedHorizonMs(1_000L * (1 + random.nextInt(30)))
                .setReclaimDelayMs((long) random.nextInt(3_000))
                .setHoldAfterMs((long) random.nextInt(5_000))
                .build());
    }

    private static KillRequest kill(String taskId) {
        return KillRequest.newBuilder().setPool(POOL).setTaskId(taskId).build();
    }

    private void call(String id) {
        long incarnation = frameworks.incarnation(id);
        if (incarnation == 0) {
            if (random.nextInt(3) == 0) {
                on(draw.subscribe(id, 1 + random.nextInt(1_000)));
            }
            return;
        }
        if (random.nextInt(40) == 0) {
            incarnation++;
        }
        List<String> roles = frameworks.roles(id);
        List<String> some =
                roles.isEmpty() || random.nextBoolean() ? List.of() : List.of(roles.get(random.nextInt(roles.size())));
        switch (random.nextInt(40)) {
            case 0 -> on(draw.subscribe(id, 1 + random.nextInt(1_000)));
            case 1 -> on(draw.subscribe(id, incarnation));
            case 2 -> {
                if (random.nextInt(3) == 0) {
                    on(new FrameworkLeaving(POOL, id, incarnation));
                }
            }
            case 3 -> on(new UpdateFramework(POOL, id, incarnation, draw.wishes(), draw.failoverTimeoutMs()));
            case 5 -> on(new SuppressOffers(POOL, id, incarnation, some));
            case 6, 7 -> on(new ReviveOffers(POOL, id, incarnation, some, units(id, some)));
            case 10 -> {
                if (random.nextInt(8) == 0) {
                    on(new Teardown(POOL, id, incarnation));
                }
            }
            case 11, 12 -> {
                List<String> tasks = books.tasks();
                String task = tasks.isEmpty() ? "nobody" : tasks.get(random.nextInt(tasks.size()));
                on(new KillFrameworkTask(POOL, id, incarnation, task, null));
            }
            case 14 ->
                on(new ReconcileTasks(POOL, id, incarnation, "", random.nextBoolean() ? List.of() : List.of("nobody")));
            case 15 ->
                on(new ShutdownExecutor(POOL, id, incarnation, "a" + random.nextInt(5), "e" + random.nextInt(2)));
            case 16 ->
                on(new SendMessage(
                        POOL,
                        id,
                        incarnation,
                        "a" + random.nextInt(5),
                        "e" + random.nextInt(2),
                        ByteBuffer.wrap(new byte[] {1})));
            case 17, 18, 19 -> decline(id, incarnation);
            default -> accept(id, incarnation);
        }
    }

    private Integer units(String id, List<String> roles) {
        List<String> named = roles.isEmpty() ? frameworks.roles(id) : roles;
        return random.nextBoolean() && named.stream().allMatch(role -> frameworks.hasUnit(id, role))
                ? random.nextInt(12)
                : null;
    }

    private void decline(String id, long incarnation) {
        List<Offer> offers = frameworks.offers(random.nextInt(30) == 0 ? draw.framework() : id);
        List<String> ids = new ArrayList<>();
        for (Offer offer : offers) {
            if (ids.isEmpty() || random.nextInt(3) == 0) {
                ids.add(offer.getOfferId());
            }
        }
        if (!ids.isEmpty()) {
            on(new DeclineOffers(POOL, id, incarnation, ids, 500L * random.nextInt(30)));
        }
    }

    private void accept(String id, long incarnation) {
        List<Offer> offers = frameworks.offers(random.nextInt(30) == 0 ? draw.framework() : id);
        List<Offer> used = new ArrayList<>();
        for (Offer offer : offers) {
            boolean alike = used.isEmpty()
                    || (offer.getAgentId().equals(used.get(0).getAgentId())
                            && offer.getRole().equals(used.get(0).getRole()));
            if (alike ? random.nextBoolean() : random.nextInt(40) == 0) {
                used.add(offer);
            }
        }
        List<String> ids = new ArrayList<>(used.stream().map(Offer::getOfferId).toList());
        if (ids.isEmpty() && random.nextInt(10) != 0) {
            return;
        }
        if (ids.isEmpty() || random.nextInt(30) == 0) {
            // One that was used long ago, or never made.
            ids.add("o-" + random.nextInt(3_000) * 10_000L);
        }
        on(new AcceptOffers(
                POOL, id, incarnation, ids, draw.operations(used, books.tasks()), 500L * random.nextInt(20)));
    }

    private void on(SpecificRecord input) {
        step(input);
        while (!toItself.isEmpty()) {
            step(toItself.poll());
        }
    }

    private void step(SpecificRecord input) {
        if (random.nextInt(30) == 0) {
            shards.restart();
        }
        Outbox out = shards.on(new Input(topicOf(input), wallMs, input));
        for (Change change : out.changes()) {
            if (change.value() instanceof SavedClock clock) {
                elapsedMs = clock.getElapsedMs();
            }
        }
        books.enter(input, out);
        frameworks.enter(input, out, elapsedMs);
        for (Message message : out.messages()) {
            if (message.value() instanceof Continue) {
                toItself.add(message.value());
            } else if (message.topic() == Topic.TASK_LAUNCHES) {
                agents.get(message.key().charAt(1) - '0').take(message.value());
            } else if (message.value() instanceof AgentChanged changed) {
                if (changed.getState() == AgentState.AGENT_UNREACHABLE) {
                    unreachable.add(changed.getAgentId());
                } else {
                    unreachable.remove(changed.getAgentId());
                }
            }
        }
    }

    private static Topic topicOf(SpecificRecord value) {
        return Topic.inbound().stream()
                .filter(topic -> topic.types().contains(value.getClass()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no inbound topic carries " + value.getClass()));
    }

    /** Tears all frameworks down and lets all tasks end. */
    private void endAll() {
        for (String id : FRAMEWORKS) {
            on(new TeardownFramework(POOL, id, "", "", ""));
        }
        for (int i = 0; i < queued; i++) {
            on(kill("q" + i));
        }
        for (int round = 0; round < 100 && (round < 2 || !agents.stream().allMatch(ScriptedAgent::isEmpty)); round++) {
            for (ScriptedAgent agent : agents) {
                if (!agent.isUp() || agent.isAsked()) {
                    reregister(agent);
                }
                for (SpecificRecord says = agent.endNext(); says != null; says = agent.endNext()) {
                    on(says);
                }
                on(agent.heartbeat());
            }
            pass();
        }
        shards.assertSameIndexes();
        for (Store store : List.of(Store.FRAMEWORKS, Store.OFFERS, Store.FILTERS, Store.EXECUTORS)) {
            assertThat(shards.stored().size(store))
                    .as("what is left in %s", store)
                    .isZero();
        }
        for (PoolScheduler pool : shards.shard().pools()) {
            for (Role role : pool.state().roles.all()) {
                assertThat(role.allocated.isZero() && role.held.isZero() && role.frameworks.isEmpty())
                        .as("role %s has nothing left", role.name)
                        .isTrue();
            }
        }
    }
}
