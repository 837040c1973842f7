package dev.millrace.streams;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Resources;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Topics;
import java.time.Instant;
import java.util.List;

/** Makes the records that tests send. */
public final class Records {
    private Records() {}

    public static TaskRequest.Builder request(String pool, String taskId) {
        return TaskRequest.newBuilder()
                .setPool(pool)
                .setTaskId(taskId)
                .setShell("true")
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(16).build());
    }

    public static KillRequest kill(String pool, String taskId) {
        return KillRequest.newBuilder().setPool(pool).setTaskId(taskId).build();
    }

    public static Subscribe subscribe(String pool, String frameworkId, long incarnation) {
        return Subscribe.newBuilder()
                .setPool(pool)
                .setFrameworkId(frameworkId)
                .setIncarnation(incarnation)
                .setRoles(List.of(FrameworkRole.newBuilder().setRole("default").build()))
                .build();
    }

    public static AgentRegistered registered(String pool, String agentId, long incarnation) {
        return registered(pool, agentId, incarnation, 0);
    }

    public static AgentRegistered registered(String pool, String agentId, long incarnation, int launchPartition) {
        return AgentRegistered.newBuilder()
                .setPool(pool)
                .setAgentId(agentId)
                .setIncarnation(incarnation)
                .setWorkDirId("directory of " + agentId)
                .setHostname("localhost")
                .setLaunchPartition(launchPartition)
                .setResources(Resources.newBuilder()
                        .setCpuMillis(4_000)
                        .setMemMib(4_096)
                        .build())
                .setAttributes(List.of(new KeyValue("os", "linux")))
                .setSentAt(Instant.EPOCH)
                .build();
    }

    public static AgentHeartbeat heartbeat(String pool, String agentId, long incarnation) {
        return AgentHeartbeat.newBuilder()
                .setPool(pool)
                .setAgentId(agentId)
                .setIncarnation(incarnation)
                .setLaunchPartition(0)
                .setSentAt(Instant.EPOCH)
                .build();
    }

    public static TaskReport report(LaunchTask launch, long sequence, TaskState state) {
        return TaskReport.newBuilder()
                .setPool(launch.getRequest().getPool())
                .setAgentId(launch.getAgentId())
                .setTaskId(launch.getRequest().getTaskId())
                .setAttempt(launch.getAttempt())
                .setReportSequence(sequence)
                .setState(state)
                .setStartedAt(Instant.EPOCH)
                .build();
    }

    /** A pool that belongs to that partition. */
    public static String poolIn(int partition, int partitions) {
        for (int i = 0; ; i++) {
            String pool = "pool-" + i;
            if (Topics.partition(pool, partitions) == partition) {
                return pool;
            }
        }
    }
}
