package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Submits one task from one's own program and waits for its end. The argument is the cluster's bootstrap servers. */
public final class SubmitAndWait {
    private SubmitAndWait() {}

    public static void main(String[] args) {
        System.out.println(run(args[0]));
    }

    /** The task's last status. */
    static TaskStatus run(String bootstrapServers) {
        ClusterConfig cluster = ClusterConfig.of(bootstrapServers);
        TaskRequest request = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("hello-" + UUID.randomUUID())
                .setShell("echo hello from $MILLRACE_AGENT_ID")
                .setResources(
                        Resources.newBuilder().setCpuMillis(500).setMemMib(64).build())
                .build();
        try (MillraceClient client = new MillraceClient(cluster);
                StatusStream statuses = client.statuses("default", Start.end())) {
            client.submit(request).join();
            return statuses.awaitEnd(List.of(request.getTaskId()), Duration.ofMinutes(1))
                    .get(request.getTaskId());
        }
    }
}
