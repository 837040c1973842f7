package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Batch work: an array of equal tasks that differ in their number alone, which each finds in MILLRACE_INSTANCE. The arguments are the cluster's
 * bootstrap servers, the number of tasks and their command.
 */
public final class BatchArray {
    private BatchArray() {}

    public static void main(String[] args) {
        System.out.println(run(args[0], Integer.parseInt(args[1]), args[2]) + " finished");
    }

    /** How many of the tasks finished within ten minutes. */
    static long run(String bootstrapServers, int size, String command) {
        String id = "batch-" + UUID.randomUUID();
        List<TaskRequest> tasks = IntStream.range(0, size)
                .mapToObj(i -> TaskRequest.newBuilder()
                        .setPool("default")
                        .setTaskId(id + "/" + i)
                        .setInstance(i)
                        .setJob("batch")
                        .setRole("eng/batch")
                        .setShell(command)
                        .setResources(Resources.newBuilder()
                                .setCpuMillis(100)
                                .setMemMib(32)
                                .build())
                        .build())
                .toList();
        try (MillraceClient client = new MillraceClient(ClusterConfig.of(bootstrapServers));
                StatusStream statuses = client.statuses("default", Start.end())) {
            tasks.stream().map(client::submit).toList().forEach(CompletableFuture::join);
            List<String> ids = tasks.stream().map(TaskRequest::getTaskId).toList();
            return statuses.awaitEnd(ids, Duration.ofMinutes(10)).values().stream()
                    .filter(end -> end.getState() == TaskState.TASK_FINISHED)
                    .count();
        }
    }
}
