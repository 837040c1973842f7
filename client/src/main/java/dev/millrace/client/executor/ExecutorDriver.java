package dev.millrace.client.executor;

import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.UpdateAcknowledged;
import dev.millrace.schemas.ExecutorRules;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks with the agent that started this process, for an {@link Executor}. When the agent is away, it connects again, and says what was not
 * acknowledged; when the agent is away for longer than the executor's re-registration timeout, it has the executor shut down. This is a whole
 * executor, which runs what tasks name in their data:
 *
 * <pre>{@code
 * public final class ShellExecutor implements Executor {
 *     private final Map<String, Process> processes = new ConcurrentHashMap<>();
 *     private final Set<String> killed = ConcurrentHashMap.newKeySet();
 *
 *     public static void main(String[] args) throws InterruptedException {
 *         try (ExecutorDriver driver = new ExecutorDriver(new ShellExecutor())) {
 *             System.exit(driver.run() == ExecutorDriver.Status.STOPPED ? 0 : 1);
 *         }
 *     }
 *
 *     public void launchTask(ExecutorDriver driver, LaunchTask task) {
 *         String line = StandardCharsets.UTF_8.decode(task.getRequest().getData()).toString();
 *         try {
 *             Process process = new ProcessBuilder("/bin/sh", "-c", line).inheritIO().start();
 *             processes.put(task.getRequest().getTaskId(), process);
 *             driver.sendStatusUpdate(TaskUpdate.of(task, TaskState.TASK_RUNNING));
 *             process.onExit().thenAccept(ended -> driver.sendStatusUpdate(TaskUpdate.of(task, end(task, ended))));
 *         } catch (IOException e) {
 *             driver.sendStatusUpdate(TaskUpdate.of(task, TaskState.TASK_ERROR).withMessage(e.getMessage()));
 *         }
 *     }
 *
 *     private TaskState end(LaunchTask task, Process ended) {
 *         if (killed.contains(task.getRequest().getTaskId())) {
 *             return TaskState.TASK_KILLED;
 *         }
 *         return ended.exitValue() == 0 ? TaskState.TASK_FINISHED : TaskState.TASK_FAILED;
 *     }
 *
 *     public void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group) {
 *         group.getTasks().forEach(task -> launchTask(driver, task));
 *     }
 *
 *     public void killTask(ExecutorDriver driver, KillTask kill) {
 *         Process process = processes.get(kill.getTaskId());
 *         if (process != null) {
 *             killed.add(kill.getTaskId());
 *             process.destroy();
 *         }
 *     }
 *
 *     public void shutdown(ExecutorDriver driver, long gracePeriodMs) {
 *         killed.addAll(processes.keySet());
 *         processes.values().forEach(Process::destroy);
 *     }
 *
 *     public void registered(ExecutorDriver driver, ExecutorRegistered agent) {}
 *
 *     public void reregistered(ExecutorDriver driver, ExecutorRegistered agent) {}
 *
 *     public void disconnected(ExecutorDriver driver) {}
 *
 *     public void frameworkMessage(ExecutorDriver driver, byte[] data) {}
 *
 *     public void error(ExecutorDriver driver, String message) {
 *         System.err.println(message);
 *     }
 * }
 * }</pre>
 *
 * <pre>
 *   NOT_STARTED  start                                                  → RUNNING
 *   RUNNING      stop, or it was told to shut down and has no task left  → STOPPED
 *   RUNNING      abort, an error, the agent is away for too long         → ABORTED
 * </pre>
 *
 * A driver that is stopped still waits for some seconds for what it has said to be acknowledged; one that is aborted does not.
 *
 * <p>Thread-safe. It has a thread that reads and another that calls the executor, both of which end with the process.
 */
public final class ExecutorDriver implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExecutorDriver.class);
    /** An agent that is never there again would leave the process behind for good. */
    private static final Duration FIRST_REGISTRATION_TIMEOUT = Duration.ofMinutes(10);

    private static final Duration LINGER = Duration.ofSeconds(5);
    private static final long CONNECT_PERIOD_MS = 100;

    /** What a driver is doing. */
    public enum Status {
        NOT_STARTED,
        RUNNING,
        STOPPED,
        ABORTED
    }

    private final Executor executor;
    private final ExecutorEnvironment environment;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final ScheduledThreadPoolExecutor callbacks;
    private final Object lock = new Object();
    /** Guarded by the lock, like all that follows. */
    private final TaskTable tasks = new TaskTable();

    private Status status = Status.NOT_STARTED;
    /** The connection on which the agent has taken the executor. */
    private @Nullable AgentConnection connection;
    /** The connection, whether or not the agent has taken the executor. */
    private @Nullable AgentConnection open;

    private @Nullable ExecutorRegistered agent;
    /** Does it stop when no task is left? */
    private boolean shuttingDown;

    /**
     * A driver for this process.
     *
     * @throws IllegalStateException if the process was not started by an agent
     */
    public ExecutorDriver(Executor executor) {
        this(executor, ExecutorEnvironment.of(System.getenv()));
    }

    /** A driver for what the agent calls so. */
    public ExecutorDriver(Executor executor, ExecutorEnvironment environment) {
        this.executor = executor;
        this.environment = environment;
        this.callbacks = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "millrace-executor"));
        this.callbacks.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Begins to connect; does nothing if it was called before. */
    public Status start() {
        synchronized (lock) {
            if (status == Status.NOT_STARTED) {
                status = Status.RUNNING;
                daemon(this::serve, "millrace-executor-io").start();
            }
            return status;
        }
    }

    /** Ends the driver, once the agent has acknowledged what was said; it waits for some seconds at the most. Returns at once. */
    public Status stop() {
        return end(Status.STOPPED);
    }

    /** Ends the driver at once. The executor is called no more, but for a call that is under way. */
    public Status abort() {
        return end(Status.ABORTED);
    }

    /** Waits until the driver has ended. */
    public Status join() throws InterruptedException {
        if (status() != Status.NOT_STARTED) {
            over.await();
        }
        return status();
    }

    /** Starts the driver, and waits until it has ended. */
    public Status run() throws InterruptedException {
        start();
        return join();
    }

    /** What the driver is doing. */
    public Status status() {
        synchronized (lock) {
            return status;
        }
    }

    /**
     * Says what has become of a task. It arrives, whatever fails, as long as this process lives. Unless the driver runs, nothing is said.
     *
     * @throws IllegalArgumentException if the task was not launched here, its end was said before, or it cannot be in that state any more: it may
     *     be starting once, before it runs, and it is in error only before it runs
     */
    public Status sendStatusUpdate(TaskUpdate update) {
        synchronized (lock) {
            if (status == Status.RUNNING) {
                tasks.add(update);
                sendUpdates();
            }
            return status;
        }
    }

    /**
     * Sends something to the framework's scheduler. It arrives once or never.
     *
     * @param data in the framework's own terms
     * @throws IllegalArgumentException if it has more than 65,536 bytes
     */
    public Status sendFrameworkMessage(byte[] data) {
        if (data.length > ExecutorRules.MAX_DATA_BYTES) {
            throw new IllegalArgumentException(
                    "the message has " + data.length + " bytes: may have at most " + ExecutorRules.MAX_DATA_BYTES);
        }
        synchronized (lock) {
            ExecutorRegistered to = agent;
            if (status == Status.RUNNING && connection != null && to != null) {
                send(new MessageFromExecutor(
                        to.getPool(),
                        environment.frameworkId(),
                        to.getAgentId(),
                        environment.executorId(),
                        ByteBuffer.wrap(data.clone())));
            }
            return status;
        }
    }

    /** Stops the driver, and waits until it has ended. */
    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        while (status() != Status.NOT_STARTED && over.getCount() > 0) {
            try {
                over.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Status end(Status how) {
        synchronized (lock) {
            if (status == Status.RUNNING) {
                status = how;
                if (how == Status.ABORTED || tasks.allAcknowledged()) {
                    disconnect();
                } else {
                    call(LINGER, this::disconnect);
                }
            }
            return status;
        }
    }

    /** Ends the reading thread. */
    private void disconnect() {
        stopping.countDown();
        AgentConnection current;
        synchronized (lock) {
            current = open;
        }
        close(current);
    }

    private void serve() {
        long awaySinceNs = System.nanoTime();
        try {
            while (stopping.getCount() > 0) {
                if (converse()) {
                    awaySinceNs = System.nanoTime();
                } else if (System.nanoTime() - awaySinceNs > longestAwayNs()) {
                    awayForTooLong();
                    return;
                }
                boolean unused = stopping.await(CONNECT_PERIOD_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            log.warn("the executor's thread was interrupted");
            abort();
        } finally {
            callbacks.shutdown();
            over.countDown();
        }
    }

    private long longestAwayNs() {
        synchronized (lock) {
            return agent == null
                    ? FIRST_REGISTRATION_TIMEOUT.toNanos()
                    : TimeUnit.MILLISECONDS.toNanos(agent.getExecutor().getReregistrationTimeoutMs());
        }
    }

    private long gracePeriodMs() {
        synchronized (lock) {
            return agent == null ? 0 : agent.getExecutor().getShutdownGracePeriodMs();
        }
    }

    private void awayForTooLong() throws InterruptedException {
        log.warn("the agent was away for too long; the executor shuts down");
        long graceMs = gracePeriodMs();
        lastCall(() -> executor.shutdown(this, graceMs), graceMs);
        abort();
    }

    /** Calls the executor, and waits until it has returned, for so long at the most. */
    private void lastCall(Runnable callback, long longestMs) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        call(Duration.ZERO, () -> {
            try {
                callback.run();
            } finally {
                done.countDown();
            }
        });
        boolean unused = done.await(longestMs, TimeUnit.MILLISECONDS);
    }

    /** Connects, and listens until the connection is over; true = the agent had taken the executor. */
    private boolean converse() throws InterruptedException {
        boolean wasRegistered = false;
        try (AgentConnection fresh = AgentConnection.open(environment.socket())) {
            synchronized (lock) {
                if (stopping.getCount() == 0) {
                    return false;
                }
                open = fresh;
                fresh.send(tasks.registration(environment));
            }
            for (SpecificRecord message = fresh.read();
                    message != null && stopping.getCount() > 0;
                    message = fresh.read()) {
                take(fresh, message);
                wasRegistered |= message instanceof ExecutorRegistered;
            }
        } catch (IOException e) {
            log.debug("no connection to the agent at {}", environment.socket(), e);
        } catch (AgentConnection.NotUnderstoodException e) {
            String message = String.valueOf(e.getMessage());
            lastCall(() -> executor.error(this, message), LINGER.toMillis());
            abort();
        }
        synchronized (lock) {
            open = null;
            connection = null;
            if (wasRegistered && status == Status.RUNNING) {
                call(Duration.ZERO, () -> executor.disconnected(this));
            }
        }
        return wasRegistered;
    }

    private void take(AgentConnection from, SpecificRecord message) {
        if (message instanceof ExecutorRegistered registered) {
            registered(from, registered);
        } else if (message instanceof UpdateAcknowledged acknowledged) {
            acknowledged(acknowledged);
        } else if (message instanceof LaunchTask launch) {
            if (begin(launch)) {
                callIfRunning(() -> executor.launchTask(this, launch));
            }
        } else if (message instanceof LaunchTaskGroup group) {
            boolean fresh = true;
            for (LaunchTask launch : group.getTasks()) {
                fresh &= begin(launch);
            }
            if (fresh) {
                callIfRunning(() -> executor.launchTaskGroup(this, group));
            }
        } else if (message instanceof KillTask kill) {
            callIfRunning(() -> executor.killTask(this, kill));
        } else if (message instanceof MessageToExecutor toExecutor) {
            byte[] data = new byte[toExecutor.getData().remaining()];
            toExecutor.getData().duplicate().get(data);
            callIfRunning(() -> executor.frameworkMessage(this, data));
        } else if (message instanceof ExecutorShutdown shutdown) {
            callIfRunning(() -> shutDown(shutdown.getGracePeriodMs()));
        }
    }

    private void shutDown(long gracePeriodMs) {
        executor.shutdown(this, gracePeriodMs);
        call(Duration.ofMillis(gracePeriodMs), this::stop);
        synchronized (lock) {
            shuttingDown = true;
            if (tasks.isEmpty()) {
                stop();
            }
        }
    }

    private void registered(AgentConnection from, ExecutorRegistered registered) {
        synchronized (lock) {
            boolean first = agent == null;
            agent = registered;
            connection = from;
            callIfRunning(() -> {
                if (first) {
                    executor.registered(this, registered);
                } else {
                    executor.reregistered(this, registered);
                }
            });
            sendUpdates();
        }
    }

    private boolean begin(LaunchTask launch) {
        synchronized (lock) {
            return tasks.begin(launch);
        }
    }

    private void acknowledged(UpdateAcknowledged acknowledged) {
        synchronized (lock) {
            tasks.acknowledged(acknowledged);
            if (shuttingDown && tasks.isEmpty()) {
                stop();
            }
            if (status != Status.RUNNING && tasks.allAcknowledged()) {
                disconnect();
            }
        }
    }

    private void sendUpdates() {
        if (connection != null) {
            tasks.takeUnsent().forEach(this::send);
        }
    }

    /** What can't be sent ends the connection; updates go with the next. */
    private void send(SpecificRecord record) {
        AgentConnection to = connection;
        if (to == null) {
            return;
        }
        try {
            to.send(record);
        } catch (IOException e) {
            log.debug("the connection to the agent is broken", e);
            close(to);
        }
    }

    private static void close(@Nullable AgentConnection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                log.debug("a connection could not be closed", e);
            }
        }
    }

    private void callIfRunning(Runnable callback) {
        call(Duration.ZERO, () -> {
            if (status() == Status.RUNNING) {
                callback.run();
            }
        });
    }

    private void call(Duration delay, Runnable callback) {
        try {
            var unused = callbacks.schedule(() -> guarded(callback), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the driver has ended; something that came later is passed over");
        }
    }

    private void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            log.error("the executor failed, and its driver is aborted", e);
            abort();
        }
    }
}
