package dev.millrace.core;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;

/** An agent that keeps to the protocol and otherwise does what a seeded test draws: what it was given ends when the test says so. */
final class ScriptedAgent {
    private static final class Attempt {
        final LaunchTask launch;
        boolean running;
        long reports;

        Attempt(LaunchTask launch) {
            this.launch = launch;
        }

        String executor() {
            return launch.getRequest().getExecutor() == null
                    ? ""
                    : Executor.key(
                            launch.getFrameworkId(),
                            launch.getRequest().getExecutor().getExecutorId());
        }
    }

    private record Begun(String frameworkId, ExecutorSpec spec) {}

    final String id;
    private final List<KeyValue> attributes;
    private final List<Reservation> reservations;
    private final TreeMap<String, Attempt> attempts = new TreeMap<>();
    private final TreeMap<String, Begun> executors = new TreeMap<>();
    /** The executors that had a task. */
    private final TreeSet<String> started = new TreeSet<>();
    /** What it says next, before all else. */
    private final Queue<SpecificRecord> says = new ArrayDeque<>();

    private Resources resources;
    private int directory;
    private long incarnation;
    private boolean up;
    private boolean asked;

    ScriptedAgent(String id, Resources resources, List<KeyValue> attributes, List<Reservation> reservations) {
        this.id = id;
        this.resources = resources;
        this.attributes = attributes;
        this.reservations = reservations;
    }

    boolean isUp() {
        return up;
    }

    /** Whether the scheduler asked it to register again. */
    boolean isAsked() {
        return asked && up;
    }

    boolean isEmpty() {
        return attempts.isEmpty() && executors.isEmpty() && says.isEmpty();
    }

    SpecificRecord says() {
        return says.poll();
    }

    SpecificRecord heartbeat() {
        return Requests.heartbeat(id, incarnation);
    }

    long incarnation() {
        return incarnation;
    }

    Resources resources() {
        return resources;
    }

    void has(Resources changed) {
        resources = changed;
    }

    /** Is not there any more: what it runs runs on, and it hears nothing. */
    void fallSilent() {
        up = false;
    }

    /** Loses what it has. */
    void loseDisk() {
        attempts.clear();
        executors.clear();
        started.clear();
        says.clear();
        directory++;
    }

    AgentRegistered register(Random random) {
        up = true;
        asked = false;
        incarnation = random.nextLong();
        List<AgentTask> tasks = new ArrayList<>();
        for (Attempt attempt : attempts.values()) {
            tasks.add(AgentTask.newBuilder()
                    .setTaskId(attempt.launch.getRequest().getTaskId())
                    .setAttempt(attempt.launch.getAttempt())
                    .setState(attempt.running ? TaskState.TASK_RUNNING : TaskState.TASK_STAGING)
                    .setReportSequence(attempt.reports)
                    .setResources(occupied(attempt.launch))
                    .setGpuDevices(attempt.launch.getGpuDevices())
                    .build());
        }
        List<AgentExecutor> listed = new ArrayList<>();
        executors
                .values()
                .forEach(executor -> listed.add(new AgentExecutor(
                        executor.frameworkId(),
                        executor.spec().getExecutorId(),
                        executor.spec().getResources())));
        return Requests.agent(id, incarnation)
                .setWorkDirId(id + '-' + directory)
                .setResources(resources)
                .setAttributes(attributes)
                .setReservations(reservations)
                .setTasks(tasks)
                .setExecutors(listed)
                .build();
    }

    /** What a task occupies, with its ports. */
    static Resources occupied(LaunchTask launch) {
        TreeSet<Integer> ports = new TreeSet<>(launch.getPorts());
        for (PortRange range : launch.getRequest().getResources().getPorts()) {
            IntStream.rangeClosed(range.getFirst(), range.getLast()).forEach(ports::add);
        }
        return Resources.newBuilder(launch.getRequest().getResources())
                .setPorts(ports.stream().map(port -> new PortRange(port, port)).toList())
                .build();
    }

    void take(SpecificRecord message) {
        if (!up) {
            return;
        }
        if (message instanceof LaunchTask launch && launch.getIncarnation() == incarnation) {
            begin(launch);
        } else if (message instanceof LaunchTaskGroup group && group.getIncarnation() == incarnation) {
            group.getTasks().forEach(this::begin);
        } else if (message instanceof StopExecutor stop && stop.getIncarnation() == incarnation) {
            String key = Executor.key(stop.getFrameworkId(), stop.getExecutorId());
            if (executors.containsKey(key)) {
                endExecutor(key);
            }
        } else if (message instanceof RegisterAgain again && again.getIncarnation() == incarnation) {
            asked = true;
        } else if (message instanceof AgentAccepted accepted && accepted.getIncarnation() == incarnation) {
            asked = false;
        }
    }

    /** Reports something of one of its attempts, or ends one of its executors; null = it has none. */
    SpecificRecord act(Random random) {
        if (!executors.isEmpty() && random.nextInt(12) == 0) {
            List<String> keys = List.copyOf(executors.keySet());
            String key = keys.get(random.nextInt(keys.size()));
            endExecutor(key);
            return says.poll();
        }
        if (attempts.isEmpty()) {
            return null;
        }
        List<String> keys = List.copyOf(attempts.keySet());
        String key = keys.get(random.nextInt(keys.size()));
        Attempt attempt = attempts.get(key);
        if (!attempt.running) {
            if (random.nextInt(4) != 0) {
                attempt.running = true;
                started.add(attempt.executor());
                return report(attempt, TaskState.TASK_RUNNING);
            }
            return drop(key, attempt);
        }
        return random.nextBoolean()
                ? report(attempt, TaskState.TASK_RUNNING)
                : end(
                        key,
                        List.of(TaskState.TASK_FINISHED, TaskState.TASK_FAILED, TaskState.TASK_KILLED)
                                .get(random.nextInt(3)));
    }

    /** Ends one after the other what it has; null = it has nothing. */
    SpecificRecord endNext() {
        if (!says.isEmpty()) {
            return says.poll();
        }
        return attempts.isEmpty() ? null : end(attempts.firstKey(), TaskState.TASK_FAILED);
    }

    private void begin(LaunchTask launch) {
        Attempt attempt = new Attempt(launch);
        attempts.put(launch.getRequest().getTaskId() + '#' + launch.getAttempt(), attempt);
        if (launch.getRequest().getExecutor() != null) {
            executors.putIfAbsent(
                    attempt.executor(),
                    new Begun(launch.getFrameworkId(), launch.getRequest().getExecutor()));
        }
    }

    /** An attempt that never started; if it was to begin its executor, that never started either. */
    private TaskReport drop(String key, Attempt attempt) {
        String executor = attempt.executor();
        TaskReport report = end(key, TaskState.TASK_DROPPED);
        if (!started.contains(executor)
                && attempts.values().stream()
                        .noneMatch(other -> other.executor().equals(executor))) {
            executors.remove(executor);
            if (!executor.isEmpty()) {
                sayOver(executor);
            }
        }
        return report;
    }

    private TaskReport end(String key, TaskState state) {
        return report(attempts.remove(key), state);
    }

    private void endExecutor(String key) {
        for (String attempt : List.copyOf(attempts.keySet())) {
            if (attempts.get(attempt).executor().equals(key)) {
                says.add(end(attempt, TaskState.TASK_FAILED));
            }
        }
        executors.remove(key);
        started.remove(key);
        sayOver(key);
    }

    private void sayOver(String key) {
        String[] ids = key.split("/", 2);
        says.add(ExecutorEnded.newBuilder()
                .setPool(Requests.POOL)
                .setAgentId(id)
                .setFrameworkId(ids[0])
                .setExecutorId(ids[1])
                .setExitCode(0)
                .build());
    }

    private TaskReport report(Attempt attempt, TaskState state) {
        attempt.reports++;
        return Requests.report(
                        id,
                        attempt.launch.getRequest().getTaskId(),
                        attempt.launch.getAttempt(),
                        attempt.reports,
                        state)
                .build();
    }
}
