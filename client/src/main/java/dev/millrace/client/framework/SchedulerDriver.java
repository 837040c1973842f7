package dev.millrace.client.framework;

import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.MessageToFramework;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a framework: calls its {@link Scheduler} back, and makes its calls. The methods are those of Mesos' driver. It subscribes, sends heartbeats
 * and reconnects by itself; a process that is started again under the same id takes over from the earlier one and goes on from the last event that
 * one had handled.
 *
 * <pre>{@code
 * FrameworkInfo info = FrameworkInfo.of("greeter", "default");
 * try (var driver = new SchedulerDriver(ClusterConfig.of("localhost:9092"), info, new Greeter())) {
 *     driver.run();
 * }
 * }</pre>
 *
 * <p>Any thread may use it, callbacks too. Calls return at once, or when Kafka can't be reached after some seconds, and are sent in order; {@link
 * #join} and {@link #close} wait until all are safe. One that can't be sent is told to {@link Scheduler#error}, if it is known before the driver has
 * ended.
 */
public final class SchedulerDriver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerDriver.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
    /** With which the driver itself asks for the tasks of earlier processes; nobody else does, by chance. */
    private static final String KNOWN_TASKS = "millrace-driver-known-tasks";

    private final ClusterConfig cluster;
    private final FrameworkInfo info;
    private final boolean hasSuccessor;
    private final Scheduler scheduler;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final KnownTasks tasks = new KnownTasks();
    /** What ends each of the other callbacks. */
    private final List<Runnable> callbacks = new ArrayList<>();

    private volatile DriverStatus status = DriverStatus.DRIVER_NOT_STARTED;
    private volatile @Nullable FrameworkConnection connection;
    /** True = the framework's tasks run on when the driver is stopped. */
    private volatile boolean failover = true;

    private final Reconciliations reconciliations = new Reconciliations();
    /** What could not be sent and is to be told. */
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();

    private volatile @Nullable Thread thread;

    /** These are of the driver's thread alone. */
    private boolean registered;

    private boolean connected;

    /** A driver that does nothing before it is started. */
    public SchedulerDriver(ClusterConfig cluster, FrameworkInfo info, Scheduler scheduler) {
        this(cluster, info, true, scheduler);
    }

    private SchedulerDriver(ClusterConfig cluster, FrameworkInfo info, boolean hasSuccessor, Scheduler scheduler) {
        this.cluster = cluster;
        this.info = info;
        this.hasSuccessor = hasSuccessor;
        this.scheduler = scheduler;
    }

    /** A driver of a framework that ends with this process, as {@link FrameworkConnection#withoutSuccessor} says. */
    static SchedulerDriver withoutSuccessor(ClusterConfig cluster, FrameworkInfo info, Scheduler scheduler) {
        return new SchedulerDriver(cluster, info, false, scheduler);
    }

    /**
     * Connects and begins to call back, on a thread of its own.
     *
     * @throws dev.millrace.client.ClusterException if the cluster's topics do not exist or cannot be reached
     */
    public synchronized DriverStatus start() {
        if (status == DriverStatus.DRIVER_NOT_STARTED) {
            FrameworkConnection opened = hasSuccessor
                    ? new FrameworkConnection(cluster, info)
                    : FrameworkConnection.withoutSuccessor(cluster, info);
            connection = opened;
            status = DriverStatus.DRIVER_RUNNING;
            Thread started = new Thread(() -> callBack(opened), "millrace-framework-" + info.id());
            thread = started;
            started.start();
        }
        return status;
    }

    /** Waits until the driver is stopped or aborted, and tells which. */
    public DriverStatus join() throws InterruptedException {
        if (status != DriverStatus.DRIVER_NOT_STARTED) {
            ended.await();
        }
        return status;
    }

    /** Starts, then waits as {@link #join} does. */
    public DriverStatus run() throws InterruptedException {
        start();
        return join();
    }

    /**
     * Stops calling back. What was called is sent before the driver has ended.
     *
     * @param keepTasks true = the tasks run on until the failover timeout, for a successor; false = the framework is over and they are killed
     */
    public synchronized DriverStatus stop(boolean keepTasks) {
        if (status == DriverStatus.DRIVER_RUNNING) {
            failover = keepTasks;
        }
        return end(DriverStatus.DRIVER_STOPPED);
    }

    /** Stops calling back; the framework's tasks run on. {@link #join} then says that it was aborted. */
    public DriverStatus abort() {
        return end(DriverStatus.DRIVER_ABORTED);
    }

    /** Where it stands. */
    public DriverStatus status() {
        return status;
    }

    /** What the framework said of itself. */
    public FrameworkInfo info() {
        return info;
    }

    /**
     * Launches tasks on offers of one agent and role, whose pool and role they get; what they leave goes back.
     *
     * @throws IllegalArgumentException if no offer is given, or the tasks break rules of the contract; nothing was launched
     */
    public DriverStatus launchTasks(List<Offer> offers, List<TaskRequest> launched) {
        if (offers.isEmpty()) {
            throw new IllegalArgumentException("no offer to launch tasks on");
        }
        return acceptOffers(offers, List.of(Operations.launch(info.pool(), offers.get(0), launched)), Refusal.DEFAULT);
    }

    /** Uses offers of one agent and role; the agent's rest is not offered again for that long, a second at least. */
    public DriverStatus acceptOffers(List<Offer> offers, List<OfferOperation> operations, Duration refuse) {
        List<String> taskIds = operations.stream()
                .flatMap(operation -> operation.getTasks().stream())
                .map(TaskRequest::getTaskId)
                .toList();
        return call("AcceptOffers of " + ids(offers) + " with tasks " + taskIds, c -> {
            // Before they can write anything.
            taskIds.forEach(tasks::launched);
            boolean called = false;
            try {
                CompletableFuture<?> accepted = c.accept(offers, operations, refuse);
                called = true;
                return accepted.whenComplete((sent, failure) -> {
                    if (failure != null) {
                        taskIds.forEach(tasks::notLaunched);
                    }
                });
            } finally {
                if (!called) {
                    taskIds.forEach(tasks::notLaunched);
                }
            }
        });
    }

    /** Gives an offer back; no more of that agent is offered again for five seconds. */
    public DriverStatus declineOffer(Offer offer) {
        return declineOffer(offer, Refusal.DEFAULT);
    }

    /** Gives an offer back; no more of that agent is offered again for that long, a second at least. */
    public DriverStatus declineOffer(Offer offer, Duration refuse) {
        return call("DeclineOffers of " + ids(List.of(offer)), c -> c.decline(List.of(offer), refuse));
    }

    /** Wants to be offered again what was declined or suppressed, in all roles. */
    public DriverStatus reviveOffers() {
        return call("ReviveOffers", c -> c.revive(List.of(), null));
    }

    /** Wants to be offered again what was declined or suppressed in these roles, and so many units from now on. */
    public DriverStatus reviveOffers(List<String> roles, int unitsWanted) {
        return call("ReviveOffers of " + roles, c -> c.revive(roles, unitsWanted));
    }

    /** Wants no offers until {@link #reviveOffers()}. */
    public DriverStatus suppressOffers() {
        return suppressOffers(List.of());
    }

    /** Wants no offers in these roles until they are revived. */
    public DriverStatus suppressOffers(List<String> roles) {
        return call("SuppressOffers of " + roles, c -> c.suppress(roles));
    }

    /** Kills a task of the framework. */
    public DriverStatus killTask(String taskId) {
        return call("KillFrameworkTask of " + taskId, c -> c.kill(taskId, null));
    }

    /** Asks where tasks stand; none = all that have not ended, which waits until an earlier such question is answered. */
    public DriverStatus reconcileTasks(String reconciliationId, List<String> taskIds) {
        if (!taskIds.isEmpty()) {
            return call("ReconcileTasks " + reconciliationId, c -> c.reconcile(reconciliationId, taskIds));
        }
        DriverStatus now = status;
        return now == DriverStatus.DRIVER_RUNNING && reconciliations.ask(reconciliationId)
                ? reconcileAll(reconciliationId)
                : now;
    }

    /** Sends an executor bytes, at most once. */
    public DriverStatus sendFrameworkMessage(String executorId, String agentId, byte[] data) {
        return call("SendMessage to " + executorId, c -> c.message(agentId, executorId, data));
    }

    /** Ends an executor, and with it its tasks. */
    public DriverStatus shutdownExecutor(String executorId, String agentId) {
        return call("ShutdownExecutor of " + executorId, c -> c.shutdownExecutor(agentId, executorId));
    }

    /** Takes other roles, wishes or another failover timeout. */
    public DriverStatus updateFramework(FrameworkInfo changed) {
        return call("UpdateFramework", c -> c.update(changed));
    }

    /**
     * From now on the callback is given what the framework's tasks write, on a thread of its own, until the driver has ended. While it is slow, what they
     * write waits in Kafka. Registered before the start, it is given the output of earlier processes' tasks too. The driver does not wait for it when
     * it ends.
     *
     * @throws IllegalStateException if the driver has ended
     */
    public void registerLogCallback(LogCallback callback) {
        register(new LogFollower(cluster, info, tasks, callback)::close);
    }

    /**
     * From now on the callback is told in that interval how the framework stands, on a thread of its own, until the driver has ended, which does not
     * wait for it. One that takes longer than the interval is called less often.
     *
     * @throws IllegalStateException if the driver has ended
     */
    public void registerMonitorCallback(Duration every, MonitorCallback callback) {
        register(new Monitor(info.id(), every, () -> callback.monitor(report()))::close);
    }

    /** Stops as {@link #stop} with the tasks running on, if it runs, and waits until the driver has ended, unless a callback closes it. */
    @Override
    public void close() {
        if (end(DriverStatus.DRIVER_STOPPED) == DriverStatus.DRIVER_NOT_STARTED) {
            closeCallbacks();
        } else if (Thread.currentThread() != thread) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void register(Runnable ending) {
        if (status == DriverStatus.DRIVER_STOPPED || status == DriverStatus.DRIVER_ABORTED) {
            ending.run();
            throw new IllegalStateException("the driver of framework " + info.id() + " has ended");
        }
        callbacks.add(ending);
    }

    private FrameworkReport report() {
        FrameworkConnection open = connection;
        return open == null
                ? new FrameworkReport(status, false, Duration.ZERO, tasks.count(), 0, 0)
                : new FrameworkReport(
                        status, open.isConnected(), open.sinceHeard(), tasks.count(), open.offersOut(), open.lag());
    }

    private synchronized DriverStatus end(DriverStatus how) {
        FrameworkConnection open = connection;
        if (status == DriverStatus.DRIVER_RUNNING && open != null) {
            status = how;
            open.wakeUp();
        }
        return status;
    }

    private interface Call {
        CompletableFuture<?> on(FrameworkConnection connection);
    }

    private DriverStatus reconcileAll(String id) {
        return call("ReconcileTasks " + id, c -> {
            boolean called = false;
            try {
                CompletableFuture<?> asked = c.reconcile(id, List.of());
                called = true;
                return asked.whenComplete((sent, failure) -> {
                    if (failure != null) {
                        reconciled(id);
                    }
                });
            } finally {
                if (!called) {
                    reconciled(id);
                }
            }
        });
    }

    private void reconciled(String id) {
        reconciliations.over(id).ifPresent(this::reconcileAll);
    }

    private static List<String> ids(List<Offer> offers) {
        return offers.stream().map(Offer::getOfferId).toList();
    }

    private DriverStatus call(String what, Call call) {
        FrameworkConnection open = connection;
        DriverStatus now = status;
        if (open != null && now == DriverStatus.DRIVER_RUNNING) {
            var unused = call.on(open).whenComplete((sent, failure) -> {
                if (failure != null) {
                    String message = what + " could not be sent: " + failure.getMessage();
                    LOG.error("framework {}: {}", info.id(), message);
                    lost.add(message);
                    open.wakeUp();
                }
            });
        }
        return now;
    }

    /** The driver's thread. */
    private void callBack(FrameworkConnection open) {
        try {
            while (status == DriverStatus.DRIVER_RUNNING) {
                step(open);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("framework {}: aborted: {}", info.id(), e.getMessage(), e);
            end(DriverStatus.DRIVER_ABORTED);
        } finally {
            finish(open);
        }
    }

    private void finish(FrameworkConnection open) {
        try {
            closeCallbacks();
            if (status == DriverStatus.DRIVER_STOPPED && !failover) {
                var unused = open.tearDown();
            }
            open.close();
        } finally {
            ended.countDown();
        }
    }

    private void step(FrameworkConnection open) {
        List<SpecificRecord> events;
        try {
            events = open.poll(POLL_TIMEOUT);
        } catch (RetriableException e) {
            tryAgain(e);
            return;
        }
        compareLink(open.isConnected());
        while (status == DriverStatus.DRIVER_RUNNING && !lost.isEmpty()) {
            scheduler.error(this, lost.remove());
        }
        for (SpecificRecord event : events) {
            if (status != DriverStatus.DRIVER_RUNNING) {
                return; // What was not handled is the successor's.
            }
            handle(event);
        }
        try {
            open.commit();
        } catch (RetriableException e) {
            tryAgain(e);
        }
    }

    private void compareLink(boolean heard) {
        if (registered && connected != heard) {
            connected = heard;
            if (heard) {
                scheduler.reregistered(this);
            } else {
                scheduler.disconnected(this);
            }
        }
    }

    private void tryAgain(KafkaException e) {
        LOG.warn("framework {}: {}; trying again", info.id(), e.getMessage());
        try {
            Thread.sleep(TRY_AGAIN.toMillis());
        } catch (InterruptedException interrupted) {
            // Some callback interrupted its own thread, which ends with the driver.
            end(DriverStatus.DRIVER_ABORTED);
        }
    }

    private void handle(SpecificRecord event) {
        if (event instanceof TaskStatus update) {
            tasks.update(update);
            scheduler.statusUpdate(this, update);
        } else if (event instanceof OffersMade made) {
            scheduler.resourceOffers(this, made.getOffers());
        } else if (event instanceof OffersRescinded rescinded) {
            rescinded.getOfferIds().forEach(id -> scheduler.offerRescinded(this, id));
        } else if (event instanceof OperationUpdated update) {
            scheduler.operationUpdate(this, update);
        } else if (event instanceof Subscribed subscribed) {
            registered(subscribed);
        } else if (event instanceof Reconciled answer) {
            answer.getStatuses().forEach(tasks::update);
            if (answer.getLast()) {
                reconciled(answer.getReconciliationId());
            }
            if (!answer.getReconciliationId().equals(KNOWN_TASKS)) {
                scheduler.reconciled(this, answer);
            }
        } else if (event instanceof MessageToFramework message) {
            byte[] data = new byte[message.getData().remaining()];
            message.getData().duplicate().get(data);
            scheduler.frameworkMessage(this, message.getExecutorId(), message.getAgentId(), data);
        } else if (event instanceof FrameworkFailure failure) {
            if (failure.getExecutorId().isEmpty()) {
                scheduler.agentLost(this, failure.getAgentId());
            } else {
                scheduler.executorLost(this, failure);
            }
        } else if (event instanceof FrameworkError error) {
            if (error.getCall().equals("ReconcileTasks")) {
                reconciled(error.getSubject());
            }
            scheduler.error(this, words(error));
            if (error.getFatal()) {
                end(DriverStatus.DRIVER_ABORTED);
            }
        }
    }

    private static String words(FrameworkError error) {
        if (error.getCall().isEmpty()) {
            return error.getMessage();
        }
        String about = error.getSubject().isEmpty() ? "" : " of " + error.getSubject();
        return error.getCall() + about + ": " + error.getMessage();
    }

    private void registered(Subscribed subscribed) {
        registered = true;
        connected = true;
        if (subscribed.getTaskCount() > 0 && hasCallbacks()) {
            reconcileTasks(KNOWN_TASKS, List.of());
        }
        scheduler.registered(this, subscribed);
    }

    private synchronized boolean hasCallbacks() {
        return !callbacks.isEmpty();
    }

    private synchronized void closeCallbacks() {
        callbacks.forEach(Runnable::run);
        callbacks.clear();
    }
}
