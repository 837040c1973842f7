package dev.millrace.core;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.schemas.Topic;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * The world around one pool: its agents, frameworks, clients and operator, what happens to them, and the books of what the scheduler has told them.
 * Mutable; owned by the simulation's only thread.
 */
final class SimulatedPool {
    static final List<String> ROLES = List.of("default", "eng", "eng/search", "eng/search/index", "ads", "ads/video");
    private static final int FRAMEWORKS = 3;
    private static final long FOR_EVER_MS = 1_000L * 3_600_000;

    private final String name;
    private final Random random;
    private final VirtualTime time;
    private final SimulatedTopics topics;
    private final Map<String, SimulatedAgent> agents = new TreeMap<>();
    private final Map<String, SimulatedFramework> frameworks = new TreeMap<>();
    private final SimulatedClient client;
    private final SimulatedOperator operator;
    private final PoolBooks books = new PoolBooks(id -> agent(id).attributes());
    private boolean quiet;

    SimulatedPool(String name, int agentCount, Random random, VirtualTime time, SimulatedTopics topics) {
        this.name = name;
        this.random = random;
        this.time = time;
        this.topics = topics;
        this.client = new SimulatedClient(this);
        this.operator = new SimulatedOperator(this);
        for (int i = 0; i < agentCount; i++) {
            add(i);
        }
        for (int i = 0; i < FRAMEWORKS; i++) {
            frameworks.put("f" + i, new SimulatedFramework(this, "f" + i));
        }
    }

    private void add(int number) {
        Resources total = Resources.newBuilder(
                        Requests.resources(2_000 + 1_000L * random.nextInt(7), 1_024 + 512L * random.nextInt(8)))
                .setGpuMillis(number % 2 == 0 ? 1_000L * random.nextInt(4) : 0L)
                .setPorts(List.of(new PortRange(8_080, 8_080), new PortRange(31_000, 31_000 + random.nextInt(12))))
                .build();
        List<KeyValue> attributes =
                List.of(new KeyValue("rack", "r" + number % 3), new KeyValue("zone", "z" + number % 2));
        List<Reservation> reservations = number == 3 ? List.of(SimulatedOperator.reservation("eng", 1_000)) : List.of();
        agents.put("a" + number, new SimulatedAgent(this, "a" + number, total, attributes, reservations));
    }

    void start() {
        for (SimulatedAgent agent : agents.values()) {
            after(random.nextInt(5_000), agent::start);
            after(random.nextInt(60_000), () -> disturb(agent));
        }
        for (SimulatedFramework framework : frameworks.values()) {
            after(random.nextInt(20_000), framework::start);
            after(random.nextInt(60_000), () -> disturb(framework));
        }
        client.start();
        operator.start();
    }

    /** From now on nobody asks for anything more, frameworks are gone, and agents stay up once they are. */
    void comeToRest() {
        quiet = true;
        for (SimulatedFramework framework : frameworks.values()) {
            framework.stop();
            // After all that it has said.
            topics.publish(
                    "from " + name + ' ' + framework.id(),
                    Topic.OPERATOR_CMDS,
                    new TeardownFramework(name, framework.id(), "", "", ""),
                    () -> false,
                    () -> {});
        }
        client.killMost();
    }

    /** Takes what a step has done to this pool, now that it is committed. */
    void take(SimulatedScheduler.Step step, Outbox out, long elapsedMs) {
        books.enter(step, out, elapsedMs, topics.jumps());
        for (Message message : out.messages()) {
            if (message.topic() == Topic.RESOURCE_OFFERS) {
                SimulatedFramework framework = frameworks.get(message.key());
                topics.send("to " + name + ' ' + framework.id(), () -> framework.take(message.value()));
            } else if (message.topic() == Topic.TASK_LAUNCHES) {
                SimulatedAgent agent = agent(message.key());
                topics.send("to " + name + ' ' + agent.id(), () -> agent.take(message.value()));
            }
        }
    }

    String name() {
        return name;
    }

    boolean isQuiet() {
        return quiet;
    }

    Random random() {
        return random;
    }

    long nowMs() {
        return time.nowMs();
    }

    long brokerMs() {
        return topics.brokerMs();
    }

    PoolBooks books() {
        return books;
    }

    Collection<SimulatedAgent> agents() {
        return agents.values();
    }

    private SimulatedAgent agent(String id) {
        return agents.get(id);
    }

    /** Some agent's id. */
    String anyAgent() {
        return "a" + random.nextInt(agents.size());
    }

    /** Some framework's id. */
    String anyFramework() {
        return "f" + random.nextInt(frameworks.size());
    }

    long runTimeMs(String taskId) {
        if (runsForEver(taskId)) {
            return FOR_EVER_MS;
        }
        return taskId.endsWith("7") ? 60_000 + random.nextInt(120_000) : random.nextInt(10_000);
    }

    static boolean runsForEver(String taskId) {
        return taskId.endsWith("77");
    }

    void after(long delayMs, Runnable action) {
        time.after(delayMs, action);
    }

    /** Publishes what an agent says; {@code acknowledged} is run when the agent knows that it is in the log. */
    void toScheduler(SimulatedAgent agent, SpecificRecord record, Runnable acknowledged) {
        int life = agent.life();
        topics.publish(
                "from " + name + ' ' + agent.id(),
                Topic.AGENT_EVENTS,
                record,
                () -> agent.hasLostWhatWasSentIn(life),
                acknowledged);
    }

    /** Publishes a framework's call. */
    void toScheduler(SimulatedFramework framework, SpecificRecord call) {
        int life = framework.life();
        topics.publish(
                "from " + name + ' ' + framework.id(),
                Topic.FRAMEWORK_CALLS,
                call,
                () -> framework.hasLostWhatWasSentIn(life),
                () -> {
                    if (call instanceof AcceptOffers accept) {
                        accept.getOperations().stream()
                                .flatMap(operation -> operation.getTasks().stream())
                                .forEach(task -> books.asked(task.getTaskId()));
                    }
                });
    }

    /** Publishes what the client or the operator wants. */
    void publish(Topic topic, SpecificRecord record) {
        topics.publish(name + ' ' + topic, topic, record, () -> false, () -> {});
    }

    /** An agent starts a process. */
    void started(LaunchTask launch) {
        books.started(launch);
    }

    private void disturb(SimulatedAgent agent) {
        if (quiet) {
            agent.start();
            return;
        }
        switch (random.nextInt(8)) {
            case 0, 1 -> crash(agent);
            case 2, 3 -> {
                cutOff(agent, random.nextInt(60_000));
                after(random.nextInt(20_000), () -> crash(agent));
            }
            case 4 -> {
                agent.leave();
                after(random.nextInt(90_000), agent::start);
            }
            default -> cutOff(agent, random.nextInt(90_000));
        }
        after(20_000 + random.nextInt(120_000), () -> disturb(agent));
    }

    /** Its process or its machine dies, and one time in three its disk is lost. */
    private void crash(SimulatedAgent agent) {
        agent.crash(random.nextInt(3) == 0);
        after(random.nextInt(90_000), agent::start);
    }

    /** Holds back what is sent to and from the agent from now on. */
    private void cutOff(SimulatedAgent agent, long forMs) {
        topics.cutOff("from " + name + ' ' + agent.id(), forMs);
        if (random.nextBoolean()) {
            topics.cutOff("to " + name + ' ' + agent.id(), forMs);
        }
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
                topics.cutOff("from " + name + ' ' + framework.id(), random.nextInt(60_000));
                topics.cutOff("to " + name + ' ' + framework.id(), random.nextInt(60_000));
            }
        }
        after(10_000 + random.nextInt(100_000), () -> disturb(framework));
    }
}
