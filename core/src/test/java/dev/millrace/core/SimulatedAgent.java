package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;

/**
 * An agent as the protocol wants it, in virtual time: it keeps what it starts on a disk that survives it, starts no attempt twice and none
 * beyond its lease. It fails the test itself when it is made to run more than it has.
 */
final class SimulatedAgent {
    private static final long REGISTER_AGAIN_MS = 3_000;

    /** What the disk holds of an attempt. */
    private static final class Attempt {
        final String taskId;
        final int number;
        final Resources resources;
        final List<Integer> gpuDevices;
        /** The executor that runs it; empty = none. */
        final String executor;

        boolean running;
        boolean killed;
        long startedMs;
        long reportSequence;
        /** The last report, until it is in the log. */
        TaskReport end;

        Attempt(LaunchTask launch) {
            taskId = launch.getRequest().getTaskId();
            number = launch.getAttempt();
            TreeSet<Integer> ports = new TreeSet<>(launch.getPorts());
            for (PortRange range : launch.getRequest().getResources().getPorts()) {
                IntStream.rangeClosed(range.getFirst(), range.getLast()).forEach(ports::add);
            }
            assertThat(launch.getPorts())
                    .as("chosen ports")
                    .hasSize(launch.getRequest().getPortCount());
            resources = Resources.newBuilder(launch.getRequest().getResources())
                    .setPorts(ports.stream()
                            .map(port -> new PortRange(port, port))
                            .toList())
                    .build();
            gpuDevices = launch.getGpuDevices();
            executor = launch.getRequest().getExecutor() == null
                    ? ""
                    : Executor.key(
                            launch.getFrameworkId(),
                            launch.getRequest().getExecutor().getExecutorId());
        }
    }

    private final SimulatedPool world;
    private final String id;
    private final Resources total;
    private final List<KeyValue> attributes;
    private final List<Reservation> reservations;
    private final TreeMap<String, Attempt> disk = new TreeMap<>();
    private final SimulatedExecutors executors;
    private int directory;
    private int life;
    private int lostLife;
    private boolean up;
    private boolean accepted;
    private long incarnation;
    private long leaseMs;
    private long heartbeatMs;
    private long acknowledgedMs;

    SimulatedAgent(
            SimulatedPool world,
            String id,
            Resources total,
            List<KeyValue> attributes,
            List<Reservation> reservations) {
        this.world = world;
        this.id = id;
        this.total = total;
        this.attributes = attributes;
        this.reservations = reservations;
        this.executors = new SimulatedExecutors(world.name(), id);
    }

    String id() {
        return id;
    }

    /** Counts its processes, and the times between them. */
    int life() {
        return life;
    }

    /** Whether what a process of it sent, and is not in the log yet, has died with it. */
    boolean hasLostWhatWasSentIn(int ofLife) {
        return ofLife <= lostLife;
    }

    List<KeyValue> attributes() {
        return attributes;
    }

    boolean isUp() {
        return up;
    }

    /** How many processes of tasks it has. */
    long processes() {
        return disk.values().stream().filter(a -> a.running).count()
                + executors.needs().size();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(id).append(up ? " up" : " down").append(accepted ? " accepted" : "");
        disk.forEach((key, attempt) -> text.append(' ')
                .append(key)
                .append(attempt.running ? " runs since " : " since ")
                .append(Instant.ofEpochMilli(attempt.startedMs))
                .append(attempt.killed ? " killed" : ""));
        return text.append(" at ").append(Instant.ofEpochMilli(world.nowMs())).toString();
    }

    void start() {
        if (up) {
            return;
        }
        up = true;
        life++;
        for (Attempt attempt : new ArrayList<>(disk.values())) {
            if (attempt.end != null) {
                sendEnd(attempt);
            } else if (!attempt.running) {
                drop(attempt, Reason.REASON_AGENT_RESTARTED);
            }
        }
        executors.ends().forEach(this::sendEnd);
        register();
    }

    /** What is on its way to the log may die with it. */
    void crash(boolean diskIsLost) {
        if (up && world.random().nextBoolean()) {
            lostLife = life;
        }
        goDown();
        if (diskIsLost) {
            disk.clear();
            executors.clear();
            directory++;
        }
    }

    private void goDown() {
        up = false;
        accepted = false;
        life++;
    }

    void leave() {
        if (up && accepted) {
            world.toScheduler(this, new AgentLeaving(world.name(), id, incarnation, "leaving"), () -> {});
            goDown();
        }
    }

    void take(SpecificRecord message) {
        if (!up) {
            return;
        }
        if (message instanceof AgentAccepted taken && taken.getIncarnation() == incarnation && !accepted) {
            accepted = true;
            leaseMs = taken.getLeaseMs();
            heartbeatMs = taken.getHeartbeatIntervalMs();
            beat(life, incarnation);
        } else if (message instanceof RegisterAgain again && again.getIncarnation() == incarnation) {
            register();
        } else if (message instanceof AgentFenced fenced && fenced.getIncarnation() == incarnation) {
            // Somebody has to look after it, and by then the agent that it was taken for is given up.
            crash(false);
            world.after(30_000 + world.random().nextInt(120_000), this::start);
        } else if (message instanceof LaunchTask launch && launch.getIncarnation() == incarnation && accepted) {
            launch(launch);
        } else if (message instanceof LaunchTaskGroup group && group.getIncarnation() == incarnation && accepted) {
            group.getTasks().forEach(this::launch);
        } else if (message instanceof StopExecutor stop && stop.getIncarnation() == incarnation) {
            stop(stop);
        } else if (message instanceof KillTask kill && kill.getIncarnation() == incarnation) {
            kill(kill);
        }
    }

    private void register() {
        accepted = false;
        incarnation = world.random().nextLong();
        List<AgentTask> listed = new ArrayList<>();
        for (Attempt attempt : disk.values()) {
            if (attempt.end == null) {
                listed.add(AgentTask.newBuilder()
                        .setTaskId(attempt.taskId)
                        .setAttempt(attempt.number)
                        .setState(
                                attempt.killed
                                        ? TaskState.TASK_KILLING
                                        : attempt.running ? TaskState.TASK_RUNNING : TaskState.TASK_STAGING)
                        .setReportSequence(attempt.reportSequence)
                        .setResources(attempt.resources)
                        .setGpuDevices(attempt.gpuDevices)
                        .build());
            }
        }
        long sentMs = world.nowMs();
        world.toScheduler(
                this,
                registration()
                        .setTasks(listed)
                        .setExecutors(executors.listed())
                        .setSentAt(Instant.ofEpochMilli(sentMs))
                        .build(),
                () -> acknowledgedMs = Math.max(acknowledgedMs, sentMs));
        int thisLife = life;
        long thisIncarnation = incarnation;
        world.after(REGISTER_AGAIN_MS, () -> {
            if (life == thisLife && !accepted && incarnation == thisIncarnation) {
                register();
            }
        });
    }

    /** What its registrations say of the agent itself. */
    AgentRegistered.Builder registration() {
        return AgentRegistered.newBuilder()
                .setPool(world.name())
                .setAgentId(id)
                .setIncarnation(incarnation)
                .setWorkDirId(id + "-" + directory)
                .setHostname(id)
                .setLaunchPartition(0)
                .setResources(total)
                .setAttributes(attributes)
                .setReservations(reservations)
                .setSentAt(Instant.ofEpochMilli(world.nowMs()));
    }

    private void beat(int ofLife, long ofIncarnation) {
        if (life != ofLife || incarnation != ofIncarnation) {
            return;
        }
        long sentMs = world.nowMs();
        world.toScheduler(
                this,
                AgentHeartbeat.newBuilder()
                        .setPool(world.name())
                        .setAgentId(id)
                        .setIncarnation(incarnation)
                        .setLaunchPartition(0)
                        .setSentAt(Instant.ofEpochMilli(sentMs))
                        .build(),
                () -> acknowledgedMs = Math.max(acknowledgedMs, sentMs));
        world.after(heartbeatMs, () -> beat(ofLife, ofIncarnation));
    }

    private void launch(LaunchTask launch) {
        Attempt attempt = new Attempt(launch);
        String key = attempt.taskId + '#' + attempt.number;
        if (disk.containsKey(key) || !up) {
            return;
        }
        disk.put(key, attempt);
        if (world.nowMs() - acknowledgedMs > leaseMs) {
            drop(attempt, Reason.REASON_LEASE_EXPIRED);
            return;
        }
        if (world.random().nextInt(200) == 0) {
            crash(false);
            world.after(1_000 + world.random().nextInt(20_000), this::start);
            return;
        }
        begin(attempt, launch);
    }

    /** Starts an attempt, and its executor if need be. One whose executor is ending waits for the next one. */
    private void begin(Attempt attempt, LaunchTask launch) {
        String key = attempt.taskId + '#' + attempt.number;
        if (!attempt.executor.isEmpty()
                && !executors.begin(launch.getFrameworkId(), launch.getRequest().getExecutor(), () -> {
                    if (up && disk.get(key) == attempt && attempt.end == null) {
                        begin(attempt, launch);
                    }
                })) {
            return;
        }
        attempt.running = true;
        attempt.startedMs = world.nowMs();
        world.started(launch);
        assertFits();
        report(attempt, TaskState.TASK_RUNNING, Reason.REASON_COMMAND_STARTED);
        world.after(world.runTimeMs(attempt.taskId), () -> exit(attempt));
    }

    private void exit(Attempt attempt) {
        if (!attempt.running || disk.get(attempt.taskId + '#' + attempt.number) != attempt) {
            return;
        }
        attempt.running = false;
        boolean failed = world.random().nextInt(5) == 0;
        end(attempt, failed ? TaskState.TASK_FAILED : TaskState.TASK_FINISHED, Reason.REASON_COMMAND_EXITED);
    }

    private void kill(KillTask kill) {
        Attempt attempt = disk.get(kill.getTaskId() + '#' + kill.getAttempt());
        if (attempt == null || attempt.end != null) {
            return;
        }
        if (!attempt.running) {
            end(attempt, TaskState.TASK_KILLED, Reason.REASON_TASK_KILLED_DURING_LAUNCH);
            return;
        }
        attempt.killed = true;
        world.after(world.random().nextInt(5_000), () -> {
            if (attempt.running && disk.get(attempt.taskId + '#' + attempt.number) == attempt) {
                attempt.running = false;
                end(attempt, TaskState.TASK_KILLED, Reason.REASON_KILL_REQUESTED);
            }
        });
    }

    private void stop(StopExecutor stop) {
        String key = Executor.key(stop.getFrameworkId(), stop.getExecutorId());
        if (executors.stop(key)) {
            int ofDirectory = directory;
            world.after(world.random().nextInt(5_000), () -> {
                if (directory == ofDirectory) {
                    endExecutor(key);
                }
            });
        }
    }

    private void endExecutor(String key) {
        for (Attempt attempt : List.copyOf(disk.values())) {
            if (attempt.running && attempt.executor.equals(key)) {
                attempt.running = false;
                end(attempt, TaskState.TASK_FAILED, Reason.REASON_EXECUTOR_TERMINATED);
            }
        }
        List<Runnable> waiting = executors.end(key);
        sayOver(key);
        waiting.forEach(Runnable::run);
    }

    /** The attempt never started. If it was to begin its executor, that is over, too. */
    private void drop(Attempt attempt, Reason reason) {
        end(attempt, TaskState.TASK_DROPPED, reason);
        if (!attempt.executor.isEmpty() && !executors.isThere(attempt.executor)) {
            sayOver(attempt.executor);
        }
    }

    private void sayOver(String key) {
        ExecutorEnded ended = executors.over(key);
        if (up) {
            sendEnd(ended);
        }
    }

    private void sendEnd(ExecutorEnded ended) {
        int ofLife = life;
        world.toScheduler(this, ended, () -> {
            if (life == ofLife) {
                executors.reported(ended);
            }
        });
    }

    private void end(Attempt attempt, TaskState state, Reason reason) {
        attempt.end = next(attempt, state, reason);
        if (up) {
            sendEnd(attempt);
        }
    }

    private void sendEnd(Attempt attempt) {
        int ofLife = life;
        world.toScheduler(this, attempt.end, () -> {
            // A crash may come between the record's arrival in the log and the news of it, and the end is sent twice.
            if (life == ofLife) {
                disk.remove(attempt.taskId + '#' + attempt.number);
            }
        });
    }

    private void report(Attempt attempt, TaskState state, Reason reason) {
        world.toScheduler(this, next(attempt, state, reason), () -> {});
    }

    private TaskReport next(Attempt attempt, TaskState state, Reason reason) {
        attempt.reportSequence++;
        return TaskReport.newBuilder()
                .setPool(world.name())
                .setAgentId(id)
                .setTaskId(attempt.taskId)
                .setAttempt(attempt.number)
                .setReportSequence(attempt.reportSequence)
                .setState(state)
                .setReason(reason)
                .setSource(StatusSource.SOURCE_AGENT)
                .setStartedAt(attempt.startedMs == 0 ? null : Instant.ofEpochMilli(attempt.startedMs))
                .setEndedAt(Transitions.endsAttempt(state) ? Instant.ofEpochMilli(world.nowMs()) : null)
                .build();
    }

    private void assertFits() {
        long cpuMillis = 0;
        long memMib = 0;
        Ports ports = new Ports(total.getPorts());
        long[] deviceMillis = new long[(int) total.getGpuMillis() / Devices.DEVICE_MILLIS];
        for (Attempt attempt : disk.values()) {
            if (attempt.running) {
                cpuMillis += attempt.resources.getCpuMillis();
                memMib += attempt.resources.getMemMib();
                assertThat(ports.firstMissing(attempt.resources.getPorts()))
                        .as("port of %s that is not there or in use", attempt.taskId)
                        .isNull();
                ports.take(attempt.resources.getPorts(), List.of());
                occupyDevices(attempt, deviceMillis);
            }
        }
        for (Resources executor : executors.needs()) {
            cpuMillis += executor.getCpuMillis();
            memMib += executor.getMemMib();
        }
        assertThat(cpuMillis).as("cores in use on %s", id).isLessThanOrEqualTo(total.getCpuMillis());
        assertThat(memMib).as("memory in use on %s", id).isLessThanOrEqualTo(total.getMemMib());
    }

    private static void occupyDevices(Attempt attempt, long[] deviceMillis) {
        long gpuMillis = attempt.resources.getGpuMillis();
        assertThat(attempt.gpuDevices)
                .as("devices of %s", attempt.taskId)
                .hasSize((int) Devices.wholeDevices(gpuMillis))
                .isSorted();
        for (int device : attempt.gpuDevices) {
            deviceMillis[device] += Math.min(gpuMillis, Devices.DEVICE_MILLIS);
            assertThat(deviceMillis[device]).as("in use of device %s", device).isLessThanOrEqualTo(1_000);
        }
    }
}
