package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.TaskWatch;
import dev.millrace.client.framework.Allocation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Allocates cpus and memory on some agent, and runs a command there. The arguments are the cluster's bootstrap servers, thousandths of a cpu, MiB of
 * memory, and the command.
 */
public final class AllocateResources {
    private AllocateResources() {}

    public static void main(String[] args) {
        Resources needs = Resources.newBuilder()
                .setCpuMillis(Long.parseLong(args[1]))
                .setMemMib(Long.parseLong(args[2]))
                .build();
        System.out.println(run(args[0], needs, args[3]));
    }

    /** The command's last status. */
    static TaskStatus run(String bootstrapServers, Resources needs, String command) {
        try (MillraceClient client = new MillraceClient(ClusterConfig.of(bootstrapServers));
                Allocation allocation = client.allocate("default", "default", needs, Duration.ofMinutes(1))
                        .orElseThrow(() -> new IllegalStateException("there was no room for a minute"))) {
            System.out.println(allocation.resources() + " on " + allocation.agentId());
            TaskRequest task = TaskRequest.newBuilder()
                    .setPool("default")
                    .setTaskId("allocated-" + UUID.randomUUID())
                    .setShell(command)
                    .setResources(needs)
                    .build();
            try (TaskWatch watch = client.watch("default", task.getTaskId())) {
                allocation.launch(List.of(task));
                return watch.end().join();
            }
        }
    }
}
