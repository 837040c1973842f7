package dev.millrace.client.framework;

import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.TaskStatus;
import java.util.List;

/**
 * What a framework does when something happens; the names are those of Mesos' scheduler. All callbacks of a driver come on one thread, one after the
 * other; while one runs, events wait in Kafka and heartbeats go on. What it throws aborts the driver.
 *
 * <pre>{@code
 * class Greeter implements Scheduler {
 *     public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
 *         for (Offer offer : offers) {
 *             driver.launchTasks(List.of(offer), List.of(hello()));
 *         }
 *         driver.suppressOffers();
 *     }
 *
 *     public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
 *         if (status.getTaskEnded()) {
 *             driver.stop(false);
 *         }
 *     }
 * }
 * }</pre>
 */
public interface Scheduler {
    /**
     * The framework is registered; or this process has taken over from an earlier one, which {@code subscribed} says. Offers and statuses follow; only
     * what came of the earlier process's operations, and what executors said to it, may come before.
     */
    default void registered(SchedulerDriver driver, Subscribed subscribed) {}

    /** The scheduler is heard of again after {@link #disconnected}. */
    default void reregistered(SchedulerDriver driver) {}

    /** The scheduler was not heard of for its timeout. What is called waits in Kafka. */
    default void disconnected(SchedulerDriver driver) {}

    /** Resources are offered. Each offer is to be used or declined; one that is not is taken back in time. */
    void resourceOffers(SchedulerDriver driver, List<Offer> offers);

    /** An offer is no longer out. */
    default void offerRescinded(SchedulerDriver driver, String offerId) {}

    /**
     * A task of the framework has a new state. Each status comes at least once, those of a task in order; if the process was killed, the last few may
     * come again to its successor, with the same sequence numbers. One of sequence 0 says that a task was not launched.
     */
    void statusUpdate(SchedulerDriver driver, TaskStatus status);

    /** An operation of {@link SchedulerDriver#acceptOffers} was carried out or not. */
    default void operationUpdate(SchedulerDriver driver, OperationUpdated update) {}

    /** Where tasks stand, as {@link SchedulerDriver#reconcileTasks} asked. */
    default void reconciled(SchedulerDriver driver, Reconciled answer) {}

    /** An executor says something. */
    default void frameworkMessage(SchedulerDriver driver, String executorId, String agentId, byte[] data) {}

    /** An agent on which the framework has something is gone, has left or is not heard of. What becomes of its tasks is told apart from this. */
    default void agentLost(SchedulerDriver driver, String agentId) {}

    /** An executor has ended; its tasks' ends were told before. */
    default void executorLost(SchedulerDriver driver, FrameworkFailure failure) {}

    /** A call was not taken or could not be sent, or, if the driver is aborted afterwards, this process is not listened to any more. */
    void error(SchedulerDriver driver, String message);
}
