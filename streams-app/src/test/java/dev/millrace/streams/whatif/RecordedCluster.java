package dev.millrace.streams.whatif;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.Continue;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Tick;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.core.Outbox;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.Records;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;

/**
 * A scheduler with agents on a clock of its own, watched by a recorder. A task says by a label how long it runs, and another by a seed how long
 * it takes to start. Mutable; owned by one test.
 */
final class RecordedCluster {
    static final String POOL = "default";
    static final long START_MS = 1_700_000_000_000L;
    static final long TICK_MS = 250;
    static final long KILL_MS = 120;
    private static final String RUN_MS = "run-ms";

    private final Recorder recorder;
    private final Random random;
    private final Shard shard = new Shard(0, 1);
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::order));
    private final TreeMap<String, Machine> machines = new TreeMap<>();
    private long order;
    private long nowMs = START_MS;
    private long nextTickMs = START_MS + TICK_MS;
    private long nextIncarnation = 1;

    private Consumer<OffersMade> framework = offers -> {};

    private record Event(long atMs, long order, Runnable action) {}

    /** An agent. */
    private static final class Machine {
        AgentRegistered registered;
        final TreeMap<String, LaunchTask> attempts = new TreeMap<>();
        boolean up;

        Machine(AgentRegistered registered) {
            this.registered = registered;
        }
    }

    RecordedCluster(Recorder recorder, long seed) {
        this.recorder = recorder;
        random = new Random(seed);
        shard.restored();
    }

    /** A request of so many cores for so long, from a role. */
    static TaskRequest.Builder task(String taskId, String role, long cpuMillis, long runMs) {
        return Records.request(POOL, taskId)
                .setRole(role)
                .setLabels(List.of(new KeyValue(RUN_MS, Long.toString(runMs))))
                .setResources(cpus(cpuMillis));
    }

    static Resources cpus(long cpuMillis) {
        return Resources.newBuilder().setCpuMillis(cpuMillis).build();
    }

    static AgentRegistered agent(String agentId, long cpuMillis) {
        return AgentRegistered.newBuilder(Records.registered(POOL, agentId, 1))
                .setResources(Resources.newBuilder()
                        .setCpuMillis(cpuMillis)
                        .setMemMib(64_000)
                        .build())
                .build();
    }

    /** At that time of the test, an input. */
    void at(long ms, SpecificRecord record) {
        schedule(START_MS + ms, () -> take(record));
    }

    /** At that time of the test, an agent that then stays. */
    void join(long ms, String agentId, long cpuMillis) {
        schedule(START_MS + ms, () -> {
            Machine machine = new Machine(agent(agentId, cpuMillis));
            machines.put(agentId, machine);
            register(machine);
        });
    }

    /** At that time of the test an agent dies with its tasks; it is back so much later, unless that is 0. */
    void fail(long ms, String agentId, long awayMs) {
        schedule(START_MS + ms, () -> {
            Machine machine = machines.get(agentId);
            machine.up = false;
            machine.attempts.clear();
            if (awayMs > 0) {
                schedule(nowMs + awayMs, () -> register(machine));
            }
        });
    }

    /** At that time of the test an agent says goodbye, and its tasks go on; it is back so much later. */
    void leave(long ms, String agentId, long awayMs) {
        schedule(START_MS + ms, () -> {
            Machine machine = machines.get(agentId);
            machine.up = false;
            take(new AgentLeaving(POOL, agentId, machine.registered.getIncarnation(), ""));
            schedule(nowMs + awayMs, () -> register(machine));
        });
    }

    /** From now on this hears of offers. */
    void offersTo(Consumer<OffersMade> newFramework) {
        framework = newFramework;
    }

    /** Now, an input. */
    void now(SpecificRecord record) {
        schedule(nowMs, () -> take(record));
    }

    /** Lets time pass up to then. */
    void runUntil(long ms) {
        while (nowMs < START_MS + ms) {
            if (!events.isEmpty() && events.peek().atMs() < nextTickMs) {
                Event event = events.remove();
                nowMs = event.atMs();
                event.action().run();
            } else {
                tick();
            }
        }
    }

    private void tick() {
        nowMs = nextTickMs;
        nextTickMs += TICK_MS;
        take(new Tick(0, TICK_MS));
        if (nowMs / TICK_MS % 8 == 0) {
            for (Machine machine : machines.values()) {
                if (machine.up) {
                    AgentRegistered as = machine.registered;
                    take(Records.heartbeat(POOL, as.getAgentId(), as.getIncarnation()));
                }
            }
        }
    }

    private void register(Machine machine) {
        List<AgentTask> tasks = machine.attempts.values().stream()
                .map(launch -> AgentTask.newBuilder()
                        .setTaskId(launch.getRequest().getTaskId())
                        .setAttempt(launch.getAttempt())
                        .setState(TaskState.TASK_RUNNING)
                        .setReportSequence(1)
                        .setResources(launch.getRequest().getResources())
                        .build())
                .toList();
        machine.registered = AgentRegistered.newBuilder(machine.registered)
                .setIncarnation(nextIncarnation++)
                .setTasks(tasks)
                .build();
        take(machine.registered);
    }

    private void schedule(long atMs, Runnable action) {
        events.add(new Event(atMs, order++, action));
    }

    private void take(SpecificRecord record) {
        Outbox out = new Outbox();
        Input input = new Input(topicOf(record), nowMs, record);
        shard.on(input, out);
        recorder.decided(input, out.messages(), out.changes());
        for (Message message : List.copyOf(out.messages())) {
            hear(message.value());
        }
    }

    private void hear(SpecificRecord message) {
        if (message instanceof OffersMade offers) {
            framework.accept(offers);
        } else if (message instanceof Continue) {
            schedule(nowMs, () -> take(message));
        } else if (message instanceof AgentAccepted accepted) {
            machines.get(accepted.getAgentId()).up = true;
        } else if (message instanceof LaunchTask launch) {
            launched(machines.get(launch.getAgentId()), launch);
        } else if (message instanceof KillTask kill && machines.get(kill.getAgentId()).up) {
            Machine machine = machines.get(kill.getAgentId());
            schedule(nowMs + KILL_MS, () -> end(machine, kill.getTaskId(), kill.getAttempt(), TaskState.TASK_KILLED));
        }
    }

    private void launched(Machine machine, LaunchTask launch) {
        if (!machine.up) {
            return;
        }
        String taskId = launch.getRequest().getTaskId();
        machine.attempts.put(taskId, launch);
        schedule(nowMs + 10 + random.nextInt(90), () -> {
            if (launch.equals(machine.attempts.get(taskId))) {
                take(Records.report(launch, 1, TaskState.TASK_RUNNING));
                long runMs =
                        Long.parseLong(launch.getRequest().getLabels().get(0).getValue());
                TaskState end = taskId.startsWith("fails") ? TaskState.TASK_FAILED : TaskState.TASK_FINISHED;
                schedule(nowMs + runMs, () -> end(machine, taskId, launch.getAttempt(), end));
            }
        });
    }

    private void end(Machine machine, String taskId, int attempt, TaskState state) {
        LaunchTask launch = machine.attempts.get(taskId);
        if (launch == null || launch.getAttempt() != attempt) {
            return;
        }
        if (!machine.up) {
            schedule(nowMs + TICK_MS, () -> end(machine, taskId, attempt, state));
            return;
        }
        machine.attempts.remove(taskId);
        take(Records.report(launch, 2, state));
    }

    private static Topic topicOf(SpecificRecord record) {
        return Topic.inbound().stream()
                .filter(topic -> topic.types().contains(record.getClass()))
                .findFirst()
                .orElseThrow();
    }
}
