package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.TaskWatch;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import java.util.UUID;

/**
 * Short commands for somebody who waits: each line of standard input is run at once, before all else that waits in the role. The argument is the
 * cluster's bootstrap servers.
 */
public final class Interactive {
    private static final int FIRST_OF_ALL = 100;

    private Interactive() {}

    public static void main(String[] args) {
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        try (MillraceClient client = new MillraceClient(ClusterConfig.of(args[0]))) {
            while (lines.hasNextLine()) {
                TaskStatus end = run(client, lines.nextLine());
                System.out.println(end.getState() + " on " + end.getAgentId());
            }
        }
    }

    /** The command's last status. */
    static TaskStatus run(MillraceClient client, String command) {
        TaskRequest task = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("interactive-" + UUID.randomUUID())
                .setRole("eng/interactive")
                .setPriority(FIRST_OF_ALL)
                .setShell(command)
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(32).build())
                .build();
        try (TaskWatch watch = client.watch(task.getPool(), task.getTaskId())) {
            client.submit(task).join();
            return watch.end().join();
        }
    }
}
