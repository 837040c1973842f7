package dev.millrace.schemas;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.state.SavedTask;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;

/** One record of each type, always the same: written by hand where it matters what a record looks like, else drawn from a fixed seed. */
final class SampleRecords {
    static final Instant NOON = Instant.parse("2026-07-01T12:00:00Z");

    private SampleRecords() {}

    static List<SpecificRecord> all() {
        List<SpecificRecord> all = new ArrayList<>(byHand());
        for (RecordType type : RecordTypes.list()) {
            if (all.stream().noneMatch(record -> record.getSchema().equals(type.schema()))) {
                all.add(new RandomRecords(new Random(1)).record(type.schema()));
            }
        }
        return all;
    }

    /** Those that might really be. */
    static List<SpecificRecord> byHand() {
        return List.of(
                taskRequest().build(),
                new KillRequest("default", "licences-k3f9/count/0", 2_000L, "ada", "no longer needed"),
                agentRegistered().build(),
                taskReport().build(),
                new Tick(3, 250L),
                taskStatus(),
                LaunchTask.newBuilder()
                        .setAgentId("agent-1")
                        .setIncarnation(-7)
                        .setAttempt(1)
                        .setPlacedAt(NOON)
                        .setRequest(taskRequest().build())
                        .build(),
                LogChunk.newBuilder()
                        .setPool("default")
                        .setTaskId("licences-k3f9/count/0")
                        .setAttempt(1)
                        .setAgentId("agent-1")
                        .setStream(LogStream.STDOUT)
                        .setPosition(4_096)
                        .setData(ByteBuffer.wrap("2071 GPL-3\n".getBytes(StandardCharsets.UTF_8)))
                        .setReadAt(NOON)
                        .build(),
                new JournalBlock(
                        3,
                        4,
                        17L,
                        1,
                        List.of(
                                new JournalRun("task-requests", 100L, 20, InputOutcome.TAKEN),
                                new JournalRun("agent-events", 7L, 1, InputOutcome.UNDECODABLE)),
                        5_000L,
                        -1L,
                        Long.MAX_VALUE,
                        NOON),
                new DeadLetter(
                        DeadLetterReason.MALFORMED,
                        "not a valid KillRequest: at byte 11, the bytes end too early",
                        "task-requests",
                        3,
                        12L,
                        NOON,
                        11,
                        "00".repeat(32),
                        ByteBuffer.wrap(new byte[] {(byte) 0xC3, 1, 2})),
                savedTask());
    }

    static TaskRequest.Builder taskRequest() {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("licences-k3f9/count/0")
                .setSubmissionId("k3f9")
                .setJob("licences")
                .setName("count")
                .setSubmittedAt(NOON)
                .setPrincipal("ada")
                .setShell("wc -w \"$f\"")
                .setEnvironment(List.of(new KeyValue("GREETING", "grüße"), new KeyValue("LANG", "C")))
                .setResources(new Resources(
                        500L,
                        64L,
                        0L,
                        0L,
                        List.of(new PortRange(8_080, 8_081)),
                        List.of(new ScalarQuantity("licences", 1_000L))))
                .setConstraints(List.of(new Constraint("os", ConstraintOperator.EQUALS, List.of("linux"))))
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 1_000L, 30_000L))
                .setMaxRunTimeMs(600_000L)
                .setLabels(List.of(new KeyValue("team", "search")));
    }

    static AgentRegistered.Builder agentRegistered() {
        return AgentRegistered.newBuilder()
                .setPool("default")
                .setAgentId("agent-1")
                .setIncarnation(42)
                .setWorkDirId("5f0c")
                .setHostname("node7.example.org")
                .setLaunchPartition(11)
                .setResources(Resources.newBuilder()
                        .setCpuMillis(8_000)
                        .setMemMib(32_768)
                        .build())
                .setAttributes(List.of(new KeyValue("arch", "amd64"), new KeyValue("os", "linux")))
                .setTasks(List.of(AgentTask.newBuilder()
                        .setTaskId("licences-k3f9/count/0")
                        .setAttempt(1)
                        .setState(TaskState.TASK_RUNNING)
                        .setReportSequence(1)
                        .setResources(Resources.newBuilder()
                                .setCpuMillis(500)
                                .setMemMib(64)
                                .build())
                        .setStartedAt(NOON)
                        .build()))
                .setVersion("0.1.0")
                .setSentAt(NOON);
    }

    static TaskReport.Builder taskReport() {
        return TaskReport.newBuilder()
                .setPool("default")
                .setAgentId("agent-1")
                .setTaskId("licences-k3f9/count/0")
                .setAttempt(1)
                .setReportSequence(2)
                .setState(TaskState.TASK_FINISHED)
                .setReason(Reason.REASON_COMMAND_EXITED)
                .setExitCode(0)
                .setStartedAt(NOON)
                .setEndedAt(NOON.plusMillis(1_234))
                .setPeakMemoryBytes(3_145_728L);
    }

    private static TaskStatus taskStatus() {
        return TaskStatus.newBuilder()
                .setPool("default")
                .setTaskId("licences-k3f9/count/0")
                .setSubmissionId("k3f9")
                .setRole("default")
                .setSequence(3)
                .setAttempt(1)
                .setState(TaskState.TASK_RUNNING)
                .setSource(StatusSource.SOURCE_AGENT)
                .setReason(Reason.REASON_COMMAND_STARTED)
                .setAgentId("agent-1")
                .setDecidedAt(NOON)
                .setStartedAt(NOON)
                .build();
    }

    private static SavedTask savedTask() {
        return SavedTask.newBuilder()
                .setPool("default")
                .setTaskId("licences-k3f9/count/0")
                .setSubmissionId("k3f9")
                .setRole("default")
                .setSubmission(12)
                .setState(TaskState.TASK_RUNNING)
                .setAttempt(1)
                .setSequence(3)
                .setAgentId("agent-1")
                .setReportSequence(1)
                .setRunningSinceMs(1_250)
                .setAcceptedWallMs(NOON.toEpochMilli())
                .setQueuedMs(1_000)
                .build();
    }
}
