package dev.millrace.streams.replay;

import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.streams.Records;
import dev.millrace.streams.engine.MemoryCluster;
import java.util.ArrayList;
import java.util.List;

/** Agents that run what is launched until they are told how it ends, and kill what they are told to, a while later. */
final class AnsweringAgents {
    private final MemoryCluster cluster;
    private final List<LaunchTask> running = new ArrayList<>();
    private int launchesSeen;
    private int killsSeen;

    AnsweringAgents(MemoryCluster cluster) {
        this.cluster = cluster;
    }

    /** Starts what was launched. */
    void start() {
        List<LaunchTask> launches = cluster.sent(LaunchTask.class);
        for (; launchesSeen < launches.size(); launchesSeen++) {
            LaunchTask launch = launches.get(launchesSeen);
            running.add(launch);
            cluster.send(Records.report(launch, 1, TaskState.TASK_RUNNING));
        }
    }

    /** Reports the end of what was to be killed. */
    void kill() {
        List<KillTask> kills = cluster.sent(KillTask.class);
        for (; killsSeen < kills.size(); killsSeen++) {
            KillTask kill = kills.get(killsSeen);
            running.stream()
                    .filter(launch -> launch.getRequest().getTaskId().equals(kill.getTaskId())
                            && launch.getRequest().getPool().equals(kill.getPool())
                            && launch.getAttempt() == kill.getAttempt())
                    .findFirst()
                    .ifPresent(launch -> end(launch, TaskState.TASK_KILLED));
        }
    }

    /** Reports the end of what has run longest. */
    void endOldest(TaskState state) {
        if (!running.isEmpty()) {
            end(running.get(0), state);
        }
    }

    private void end(LaunchTask launch, TaskState state) {
        running.remove(launch);
        TaskReport report = Records.report(launch, 2, state);
        cluster.send(report);
    }
}
