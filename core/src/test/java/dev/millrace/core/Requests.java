package dev.millrace.core;

import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.time.Instant;
import java.util.List;

/** Makes the records that tests of the core put in. */
final class Requests {
    static final String POOL = "default";

    private Requests() {}

    static TaskRequest.Builder task(String id) {
        return TaskRequest.newBuilder()
                .setPool(POOL)
                .setTaskId(id)
                .setShell("true")
                .setResources(resources(1_000, 64));
    }

    static Resources resources(long cpuMillis, long memMib) {
        return Resources.newBuilder().setCpuMillis(cpuMillis).setMemMib(memMib).build();
    }

    static Constraint constraint(String attribute, ConstraintOperator operator, String... values) {
        return new Constraint(attribute, operator, List.of(values));
    }

    static AgentRegistered.Builder agent(String id, long incarnation) {
        return AgentRegistered.newBuilder()
                .setPool(POOL)
                .setAgentId(id)
                .setIncarnation(incarnation)
                .setWorkDirId("dir-" + id)
                .setHostname("host-" + id)
                .setLaunchPartition(0)
                .setResources(resources(4_000, 4_096))
                .setAttributes(List.of(new KeyValue("os", "linux")))
                .setSentAt(Instant.EPOCH);
    }

    static AgentTask listed(String taskId, int attempt, TaskState state) {
        return AgentTask.newBuilder()
                .setTaskId(taskId)
                .setAttempt(attempt)
                .setState(state)
                .setReportSequence(state == TaskState.TASK_STAGING ? 0 : 1)
                .setResources(resources(1_000, 64))
                .build();
    }

    static AgentHeartbeat heartbeat(String id, long incarnation) {
        return AgentHeartbeat.newBuilder()
                .setPool(POOL)
                .setAgentId(id)
                .setIncarnation(incarnation)
                .setLaunchPartition(0)
                .setSentAt(Instant.EPOCH)
                .build();
    }

    static TaskReport.Builder report(String agentId, String taskId, int attempt, long sequence, TaskState state) {
        return TaskReport.newBuilder()
                .setPool(POOL)
                .setAgentId(agentId)
                .setTaskId(taskId)
                .setAttempt(attempt)
                .setReportSequence(sequence)
                .setState(state)
                .setReason(Reason.REASON_NONE)
                .setSource(StatusSource.SOURCE_AGENT);
    }
}
