package dev.millrace.cli.command;

import dev.millrace.client.executor.Executor;
import dev.millrace.client.executor.ExecutorDriver;
import dev.millrace.client.executor.TaskUpdate;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.TaskState;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** An executor whose tasks run until they are killed or the framework sends their names, which are sent back. */
public final class EchoExecutor implements Executor {
    private final Map<String, LaunchTask> tasks = new ConcurrentHashMap<>();

    /** Runs until it is told to stop. */
    public static void main(String[] args) throws InterruptedException {
        try (ExecutorDriver driver = new ExecutorDriver(new EchoExecutor())) {
            driver.run();
        }
    }

    @Override
    public void launchTask(ExecutorDriver driver, LaunchTask task) {
        tasks.put(task.getRequest().getTaskId(), task);
        driver.sendStatusUpdate(TaskUpdate.of(task, TaskState.TASK_RUNNING));
    }

    @Override
    public void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group) {
        group.getTasks().forEach(task -> launchTask(driver, task));
    }

    @Override
    public void killTask(ExecutorDriver driver, KillTask kill) {
        end(driver, kill.getTaskId(), TaskState.TASK_KILLED);
    }

    @Override
    public void frameworkMessage(ExecutorDriver driver, byte[] data) {
        driver.sendFrameworkMessage(data);
        end(driver, new String(data, StandardCharsets.UTF_8), TaskState.TASK_FINISHED);
    }

    @Override
    public void shutdown(ExecutorDriver driver, long gracePeriodMs) {
        tasks.keySet().forEach(taskId -> end(driver, taskId, TaskState.TASK_KILLED));
    }

    private void end(ExecutorDriver driver, String taskId, TaskState state) {
        LaunchTask task = tasks.remove(taskId);
        if (task != null) {
            driver.sendStatusUpdate(TaskUpdate.of(task, state));
        }
    }

    @Override
    public void registered(ExecutorDriver driver, ExecutorRegistered agent) {
        System.out.println("registered");
    }

    @Override
    public void reregistered(ExecutorDriver driver, ExecutorRegistered agent) {
        System.out.println("reregistered");
    }

    @Override
    public void disconnected(ExecutorDriver driver) {
        System.out.println("disconnected");
    }

    @Override
    public void error(ExecutorDriver driver, String message) {
        System.out.println(message);
    }
}
