package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.client.framework.Scheduler;
import dev.millrace.client.framework.SchedulerDriver;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Runs a task for each name in one process, a {@link GreetingExecutor}. The arguments are the cluster's bootstrap servers and the names. */
public final class RunInExecutor implements Scheduler {
    private static final Resources TASK =
            Resources.newBuilder().setCpuMillis(50).setMemMib(16).build();

    private final String id;
    private final List<String> names;
    private final List<String> greetings = new ArrayList<>();
    private boolean launched;

    private RunInExecutor(String id, List<String> names) {
        this.id = id;
        this.names = names;
    }

    public static void main(String[] args) throws InterruptedException {
        run(args[0], List.of(args).subList(1, args.length)).forEach(System.out::println);
    }

    /** What the executor said to each of them. */
    static List<String> run(String bootstrapServers, List<String> names) throws InterruptedException {
        var id = "greet-" + UUID.randomUUID();
        // One offer with room for the executor and all of its tasks.
        var room = Resources.newBuilder()
                .setCpuMillis(JavaExecutor.NEEDS.getCpuMillis() + names.size() * TASK.getCpuMillis())
                .setMemMib(JavaExecutor.NEEDS.getMemMib() + names.size() * TASK.getMemMib())
                .build();
        var wanted = FrameworkRole.newBuilder()
                .setRole("default")
                .setUnit(room)
                .setUnitsWanted(1)
                .build();
        var scheduler = new RunInExecutor(id, names);
        var cluster = ClusterConfig.of(bootstrapServers);
        try (var driver = new SchedulerDriver(cluster, FrameworkInfo.of(id, wanted), scheduler)) {
            driver.run();
        }
        return scheduler.greetings;
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
        for (Offer offer : offers) {
            if (launched) {
                driver.declineOffer(offer);
            } else {
                driver.launchTasks(List.of(offer), names.stream().map(this::task).toList());
                launched = true;
            }
        }
    }

    private TaskRequest task(String name) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(id + "/" + name)
                .setResources(TASK)
                .setExecutor(JavaExecutor.of("greeter", GreetingExecutor.class))
                .setData(StandardCharsets.UTF_8.encode(name))
                .build();
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        System.out.println(status.getTaskId() + " " + status.getState() + " " + status.getMessage());
        if (status.getSequence() == 0 && status.getState() == TaskState.TASK_DROPPED) {
            launched = false; // The offer was gone before the launch came; there will be another.
        } else if (status.getState() == TaskState.TASK_FINISHED) {
            greetings.add(StandardCharsets.UTF_8
                    .decode(status.getData().duplicate())
                    .toString());
            if (greetings.size() == names.size()) {
                driver.stop(false); // Ends the executor too.
            }
        } else if (status.getSequence() == 0 || status.getTaskEnded()) {
            driver.stop(false);
        }
    }

    @Override
    public void error(SchedulerDriver driver, String message) {
        System.err.println(message);
    }
}
