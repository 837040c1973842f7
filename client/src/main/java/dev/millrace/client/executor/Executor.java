package dev.millrace.client.executor;

import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;

/**
 * What an executor does when its agent speaks. An {@link ExecutorDriver} calls the methods in the order in which things happened, one at a time, in
 * a thread of its own; one that takes long delays the next, so a task is to be run in another. A method that throws aborts the driver.
 */
public interface Executor {

    /** The agent has taken the executor; the first call, and the only one of its kind. */
    void registered(ExecutorDriver driver, ExecutorRegistered agent);

    /** The agent was away, and has taken the executor again; its tasks have gone on, and no update is lost. */
    void reregistered(ExecutorDriver driver, ExecutorRegistered agent);

    /** The connection is broken, as it is when the agent restarts. Tasks should go on; updates are kept until the agent is back. */
    void disconnected(ExecutorDriver driver);

    /** A task is to be started. No task comes twice. */
    void launchTask(ExecutorDriver driver, LaunchTask task);

    /** The tasks of a group are to be started together. */
    void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group);

    /**
     * A task is to end, and an update is to say that it did. It may have ended, or not be known: then nothing is to be done.
     *
     * @param kill with a grace period, unless the task's own kill policy holds
     */
    void killTask(ExecutorDriver driver, KillTask kill);

    /** The framework's scheduler has sent this, in its own terms. */
    void frameworkMessage(ExecutorDriver driver, byte[] data);

    /**
     * All tasks are to end, and updates are to say that they did: the executor was told to stop, or its agent was away for too long. When this
     * has returned and the ends of all tasks are acknowledged, or were said if the agent is away, the driver stops.
     *
     * @param gracePeriodMs when this time is over the driver stops in any case, and the agent ends the process and what it has started
     */
    void shutdown(ExecutorDriver driver, long gracePeriodMs);

    /** Something went wrong for good, and the driver is aborted. */
    void error(ExecutorDriver driver, String message);
}
