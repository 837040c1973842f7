package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.framework.DriverStatus;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.client.framework.Scheduler;
import dev.millrace.client.framework.SchedulerDriver;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * The classic first framework: launches so many tasks of a command where it is offered room, waits for all, and is over. The arguments are the
 * cluster's bootstrap servers, the number of tasks and the command.
 */
public final class LaunchTasks implements Scheduler {
    private static final Resources NEEDS =
            Resources.newBuilder().setCpuMillis(100).setMemMib(32).build();

    private final String command;
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private final Set<String> open;
    private int finished;

    private LaunchTasks(String frameworkId, int count, String command) {
        this.command = command;
        IntStream.range(0, count).forEach(i -> waiting.add(frameworkId + "/" + i));
        open = new HashSet<>(waiting);
    }

    public static void main(String[] args) throws InterruptedException {
        System.exit(run(args[0], Integer.parseInt(args[1]), args[2]) ? 0 : 1);
    }

    /** Whether all of the tasks finished. */
    static boolean run(String bootstrapServers, int count, String command) throws InterruptedException {
        var id = "launch-" + UUID.randomUUID();
        var wanted = FrameworkRole.newBuilder()
                .setRole("default")
                .setUnit(NEEDS)
                .setUnitsWanted(count)
                .build();
        var scheduler = new LaunchTasks(id, count, command);
        var cluster = ClusterConfig.of(bootstrapServers);
        try (var driver = new SchedulerDriver(cluster, FrameworkInfo.of(id, wanted), scheduler)) {
            return driver.run() == DriverStatus.DRIVER_STOPPED && scheduler.finished == count;
        }
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
        for (Offer offer : offers) {
            List<TaskRequest> tasks = new ArrayList<>();
            long room = offer.getResources().getCpuMillis() / NEEDS.getCpuMillis();
            while (tasks.size() < room && !waiting.isEmpty()) {
                tasks.add(TaskRequest.newBuilder()
                        .setPool(driver.info().pool())
                        .setTaskId(waiting.remove())
                        .setShell(command)
                        .setResources(NEEDS)
                        .build());
            }
            if (tasks.isEmpty()) {
                driver.declineOffer(offer);
                continue;
            }
            driver.launchTasks(List.of(offer), tasks);
        }
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        System.out.println(status.getTaskId() + " " + status.getState());
        boolean refused = status.getSequence() == 0;
        if (refused && status.getState() == TaskState.TASK_DROPPED) {
            waiting.add(status.getTaskId()); // The offer was gone before the launch came; there will be another.
        } else if ((refused || status.getTaskEnded()) && open.remove(status.getTaskId())) {
            finished += status.getState() == TaskState.TASK_FINISHED ? 1 : 0;
            if (open.isEmpty()) {
                driver.stop(false);
            }
        }
    }

    @Override
    public void error(SchedulerDriver driver, String message) {
        System.err.println(message);
    }
}
