package dev.millrace.agent.executor;

import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskRequest;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Draws up the launches of executors' own processes, with what the agent gives each in its environment. Thread-safe. */
final class ExecutorLaunches {
    private static final String TOKEN = "MILLRACE_EXECUTOR_TOKEN";
    private static final int TOKEN_BYTES = 16;
    private static final int RUN_BYTES = 8;

    private final String pool;
    private final String agentId;
    private final ExecutorFiles files;
    private final SecureRandom random = new SecureRandom();

    ExecutorLaunches(String pool, String agentId, ExecutorFiles files) {
        this.pool = pool;
        this.agentId = agentId;
        this.files = files;
    }

    /** A process for the executor of a task. */
    ExecutorRun newRun(LaunchTask task) {
        String id = "x" + hex(RUN_BYTES);
        ExecutorSpec executor = Objects.requireNonNull(task.getRequest().getExecutor());
        List<KeyValue> given = Stream.of(
                        new KeyValue("MILLRACE_FRAMEWORK_ID", task.getFrameworkId()),
                        new KeyValue("MILLRACE_EXECUTOR_ID", executor.getExecutorId()),
                        new KeyValue("MILLRACE_AGENT_ID", agentId),
                        new KeyValue(TOKEN, hex(TOKEN_BYTES)),
                        new KeyValue(
                                "MILLRACE_EXECUTOR_SOCKET", files.socket(id).toString()))
                .sorted(Comparator.comparing(KeyValue::getKey))
                .toList();
        TaskRequest request = TaskRequest.newBuilder()
                .setPool(pool)
                .setTaskId(task.getRequest().getTaskId())
                .setEnvironment(given)
                .setResources(executor.getResources())
                .setExecutor(executor)
                .build();
        return new ExecutorRun(
                id,
                LaunchTask.newBuilder()
                        .setAgentId(agentId)
                        .setIncarnation(task.getIncarnation())
                        .setAttempt(task.getAttempt())
                        .setPlacedAt(task.getPlacedAt())
                        .setFrameworkId(task.getFrameworkId())
                        .setRequest(request)
                        .build());
    }

    /** What an executor shows to prove that it is this process. */
    static String token(LaunchTask launch) {
        return launch.getRequest().getEnvironment().stream()
                .filter(variable -> variable.getKey().equals(TOKEN))
                .map(KeyValue::getValue)
                .findFirst()
                .orElse("");
    }

    private String hex(int bytes) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }
}
