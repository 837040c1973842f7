package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.client.framework.Scheduler;
import dev.millrace.client.framework.SchedulerDriver;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Launches one task, and shows while it runs what it writes and how the framework stands. The arguments are the cluster's bootstrap servers and the
 * task's command.
 */
public final class MonitorTasks implements Scheduler {
    private static final Resources NEEDS =
            Resources.newBuilder().setCpuMillis(100).setMemMib(32).build();

    private final String command;
    private final Consumer<String> shown;
    /** The task's end, and those of its standard output and error; they come on two threads, in any order. */
    private final AtomicInteger endsToCome = new AtomicInteger(3);

    private MonitorTasks(String command, Consumer<String> shown) {
        this.command = command;
        this.shown = shown;
    }

    public static void main(String[] args) throws InterruptedException {
        run(args[0], args[1], System.out::println);
    }

    /** Returns when the task has ended and all that it wrote was shown. */
    static void run(String bootstrapServers, String command, Consumer<String> shown) throws InterruptedException {
        var wanted = FrameworkRole.newBuilder()
                .setRole("default")
                .setUnit(NEEDS)
                .setUnitsWanted(1)
                .build();
        var info = FrameworkInfo.of("monitor-" + UUID.randomUUID(), wanted);
        var scheduler = new MonitorTasks(command, shown);
        try (var driver = new SchedulerDriver(ClusterConfig.of(bootstrapServers), info, scheduler)) {
            driver.registerLogCallback(chunk -> scheduler.output(driver, chunk));
            driver.registerMonitorCallback(
                    Duration.ofMillis(200), report -> shown.accept("tasks " + report.tasks() + ", lag " + report.lag()));
            driver.run();
        }
    }

    /** On a thread of its own: slow output delays neither offers nor statuses. */
    private void output(SchedulerDriver driver, LogChunk chunk) {
        String text = StandardCharsets.UTF_8.decode(chunk.getData().duplicate()).toString();
        if (!text.isEmpty()) {
            shown.accept(chunk.getStream() + " " + text.strip());
        }
        if (chunk.getLast()) {
            ended(driver);
        }
    }

    private void ended(SchedulerDriver driver) {
        if (endsToCome.decrementAndGet() == 0) {
            driver.stop(false);
        }
    }

    @Override
    public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
        TaskRequest task = TaskRequest.newBuilder()
                .setPool(driver.info().pool())
                .setTaskId(driver.info().id() + "/0")
                .setShell(command)
                .setResources(NEEDS)
                .build();
        driver.launchTasks(offers, List.of(task));
    }

    @Override
    public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
        shown.accept(status.getTaskId() + " " + status.getState());
        if (status.getTaskEnded()) {
            ended(driver);
        }
    }

    @Override
    public void error(SchedulerDriver driver, String message) {
        shown.accept(message);
    }
}
