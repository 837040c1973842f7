package dev.millrace.agent.executor;

import dev.millrace.client.executor.Executor;
import dev.millrace.client.executor.ExecutorDriver;
import dev.millrace.client.executor.TaskUpdate;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An executor whose tasks are names. It notes each start in the file {@code starts}; a task runs until it is killed, or until the framework sends
 * "finish" and its name. Other messages are sent back.
 */
public final class SampleExecutor implements Executor {
    private final Map<String, LaunchTask> tasks = new ConcurrentHashMap<>();

    /** Runs until it is told to stop. */
    public static void main(String[] args) throws InterruptedException {
        try (ExecutorDriver driver = new ExecutorDriver(new SampleExecutor())) {
            System.out.println("executor ended as " + driver.run());
        }
    }

    @Override
    public void launchTask(ExecutorDriver driver, LaunchTask task) {
        String taskId = task.getRequest().getTaskId();
        note(taskId);
        tasks.put(taskId, task);
        driver.sendStatusUpdate(
                TaskUpdate.of(task, TaskState.TASK_RUNNING).withData("ok".getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group) {
        note("group");
        group.getTasks().forEach(task -> launchTask(driver, task));
    }

    @Override
    public void killTask(ExecutorDriver driver, KillTask kill) {
        end(driver, kill.getTaskId(), TaskState.TASK_KILLED);
    }

    private void end(ExecutorDriver driver, String taskId, TaskState state) {
        LaunchTask task = tasks.remove(taskId);
        if (task != null) {
            driver.sendStatusUpdate(TaskUpdate.of(task, state));
        }
    }

    @Override
    public void frameworkMessage(ExecutorDriver driver, byte[] data) {
        String[] words = new String(data, StandardCharsets.UTF_8).split(" ");
        if (words[0].equals("finish")) {
            end(driver, words[1], TaskState.TASK_FINISHED);
        } else {
            driver.sendFrameworkMessage(data);
        }
    }

    @Override
    public void shutdown(ExecutorDriver driver, long gracePeriodMs) {
        tasks.keySet().forEach(taskId -> end(driver, taskId, TaskState.TASK_KILLED));
    }

    @Override
    public void registered(ExecutorDriver driver, ExecutorRegistered agent) {
        note("registered");
    }

    @Override
    public void reregistered(ExecutorDriver driver, ExecutorRegistered agent) {
        note("reregistered");
    }

    @Override
    public void disconnected(ExecutorDriver driver) {
        note("disconnected");
    }

    @Override
    public void error(ExecutorDriver driver, String message) {
        note("error");
    }

    private static void note(String line) {
        try {
            Files.writeString(Path.of("starts"), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
