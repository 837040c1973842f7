package dev.millrace.examples;

import dev.millrace.client.executor.Executor;
import dev.millrace.client.executor.ExecutorDriver;
import dev.millrace.client.executor.TaskUpdate;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.TaskState;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Adds up parts of the series 4/1 - 4/3 + 4/5 - …, for {@link ComputePi}. A task's data says which terms, from one up to but without another; its last
 * status holds their sum. Tasks run beside each other, on threads of their own, so that the driver's goes on listening.
 */
public final class PiExecutor implements Executor {
    private static final int TERMS_BETWEEN_LOOKS = 1_000_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    /** The tasks that run. One that is taken out ends soon. */
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    public static void main(String[] args) throws InterruptedException {
        try (var driver = new ExecutorDriver(new PiExecutor())) {
            System.exit(driver.run() == ExecutorDriver.Status.STOPPED ? 0 : 1);
        }
    }

    @Override
    public void launchTask(ExecutorDriver driver, LaunchTask task) {
        running.add(task.getRequest().getTaskId());
        threads.execute(() -> {
            driver.sendStatusUpdate(TaskUpdate.of(task, TaskState.TASK_RUNNING));
            driver.sendStatusUpdate(addUp(task));
        });
    }

    private TaskUpdate addUp(LaunchTask task) {
        String[] range = StandardCharsets.UTF_8
                .decode(task.getRequest().getData())
                .toString()
                .split(" ");
        long end = Long.parseLong(range[1]);
        double sum = 0;
        for (long k = Long.parseLong(range[0]); k < end; k++) {
            sum += (k % 2 == 0 ? 4.0 : -4.0) / (2 * k + 1);
            if (k % TERMS_BETWEEN_LOOKS == 0 && !running.contains(task.getRequest().getTaskId())) {
                return TaskUpdate.of(task, TaskState.TASK_KILLED);
            }
        }
        running.remove(task.getRequest().getTaskId());
        return TaskUpdate.of(task, TaskState.TASK_FINISHED)
                .withData(Double.toString(sum).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group) {
        group.getTasks().forEach(task -> launchTask(driver, task));
    }

    @Override
    public void killTask(ExecutorDriver driver, KillTask kill) {
        running.remove(kill.getTaskId());
    }

    @Override
    public void shutdown(ExecutorDriver driver, long gracePeriodMs) {
        running.clear();
    }

    @Override
    public void registered(ExecutorDriver driver, ExecutorRegistered agent) {
        System.out.println("started by agent " + agent.getAgentId());
    }

    @Override
    public void reregistered(ExecutorDriver driver, ExecutorRegistered agent) {}

    @Override
    public void disconnected(ExecutorDriver driver) {}

    @Override
    public void frameworkMessage(ExecutorDriver driver, byte[] data) {}

    @Override
    public void error(ExecutorDriver driver, String message) {
        System.err.println(message);
    }
}
