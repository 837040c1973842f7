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

/**
 * An executor: an agent starts this process for the first task that names it, and hands it that task and the later ones. What is dear to set up is
 * set up once; here it is a counter.
 */
public final class GreetingExecutor implements Executor {
    private int greeted;

    public static void main(String[] args) throws InterruptedException {
        try (var driver = new ExecutorDriver(new GreetingExecutor())) {
            System.exit(driver.run() == ExecutorDriver.Status.STOPPED ? 0 : 1);
        }
    }

    /** A task is what its data says: a name. It takes no time, so it is over when this returns. */
    @Override
    public void launchTask(ExecutorDriver driver, LaunchTask task) {
        driver.sendStatusUpdate(TaskUpdate.of(task, TaskState.TASK_RUNNING));
        String name =
                StandardCharsets.UTF_8.decode(task.getRequest().getData()).toString();
        greeted++;
        String greeting = "Hello " + name + ", you are number " + greeted;
        driver.sendStatusUpdate(TaskUpdate.of(task, TaskState.TASK_FINISHED)
                .withData(greeting.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group) {
        group.getTasks().forEach(task -> launchTask(driver, task));
    }

    @Override
    public void killTask(ExecutorDriver driver, KillTask kill) {
        // It has ended.
    }

    @Override
    public void shutdown(ExecutorDriver driver, long gracePeriodMs) {
        // The driver stops when this returns, for no task is left.
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
