package dev.millrace.client.executor;

import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.UpdateAcknowledged;
import dev.millrace.schemas.ExecutorRules;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks with the agent that started this process, for an {@link Executor}. When the agent is away, it connects again, and says what was not
 * acknowledged; when the agent is away for longer than the executor's recovery timeout, it has the executor shut down. This is a whole
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
 *             ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line).inheritIO();
 *             // Who has it can speak for the executor.
 *             builder.environment().remove("MILLRACE_EXECUTOR_TOKEN");
 *             Process process = builder.start();
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
 * <p>Thread-safe, and no method waits for the agent but {@link #join}, {@link #run} and {@link #close}. It has a thread that reads, one that writes
 * and one that calls the executor, all of which end with the process.
 */
public final class ExecutorDriver implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExecutorDriver.class);
    /** An agent that is never there again would leave the process behind for good. */
    private static final Duration FIRST_REGISTRATION_TIMEOUT = Duration.ofMinutes(10);

    private static final Duration LINGER = Duration.ofSeconds(5);
    private static final long CONNECT_PERIOD_MS = 100;
    /** Messages are lost beyond this rather than kept while the agent does not read. */
    private static final int MAX_MESSAGES_WAITING = 100;

    /** What a driver is doing. */
    public enum Status {
        NOT_STARTED,
        RUNNING,
        STOPPED,
        ABORTED
    }

    private final Executor executor;
    private final ExecutorEnvironment environment;
    private final Duration linger;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService callbacks;
    /** Not among the callbacks: when it is time, one of these may not have returned. */
    private final ScheduledThreadPoolExecutor timers;

    private final Object lock = new Object();
    /** Guarded by the lock, like all that follows. */
    private final TaskTable tasks = new TaskTable();

    private Status status = Status.NOT_STARTED;
    /** The connection on which the agent has taken the executor. */
    private @Nullable AgentConnection connection;
    /** The connection, whether or not the agent has taken the executor. */
    private @Nullable AgentConnection open;

    private @Nullable ExecutorRegistered agent;
    /** What is to be sent to the framework's scheduler. */
    private final Deque<MessageFromExecutor> messages = new ArrayDeque<>();
    /** Is something being written? */
    private boolean writing;
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
        this(executor, environment, LINGER);
    }

    /** One that lingers for so long, for tests. */
    ExecutorDriver(Executor executor, ExecutorEnvironment environment, Duration linger) {
        this.executor = executor;
        this.environment = environment;
        this.linger = linger;
        this.callbacks = Executors.newSingleThreadExecutor(task -> daemon(task, "millrace-executor"));
        this.timers = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "millrace-executor-timer"));
        this.timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
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
                daemon(this::serve, "millrace-executor-in").start();
                daemon(this::write, "millrace-executor-out").start();
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
                lock.notifyAll();
            }
            return status;
        }
    }

    /**
     * Sends something to the framework's scheduler. It arrives once or never: it is lost when the agent is away or does not read, or the driver is
     * aborted.
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
            if (status == Status.RUNNING
                    && connection != null
                    && to != null
                    && messages.size() < MAX_MESSAGES_WAITING) {
                messages.add(new MessageFromExecutor(
                        to.getPool(),
                        environment.frameworkId(),
                        to.getAgentId(),
                        environment.executorId(),
                        ByteBuffer.wrap(data.clone())));
                lock.notifyAll();
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
                if (how == Status.ABORTED || saidAll()) {
                    disconnect();
                } else {
                    after(linger.toMillis(), this::disconnect);
                }
            } else if (how == Status.ABORTED && status == Status.STOPPED) {
                disconnect();
            }
            return status;
        }
    }

    /** Is nothing to be sent, and all acknowledged that has to be? */
    private boolean saidAll() {
        return tasks.allAcknowledged() && !writing && (connection == null || messages.isEmpty());
    }

    /** Ends the threads that read and write. */
    private void disconnect() {
        stopping.countDown();
        AgentConnection current;
        synchronized (lock) {
            current = open;
            lock.notifyAll();
        }
        close(current);
    }

    /** What the writing thread does: it alone may be held up by an agent that does not read. */
    private void write() {
        try {
            while (stopping.getCount() > 0) {
                AgentConnection to;
                List<SpecificRecord> records;
                synchronized (lock) {
                    to = connection;
                    records = to == null ? List.of() : takeUnsent();
                    writing = !records.isEmpty();
                    if (to == null || records.isEmpty()) {
                        if (status == Status.STOPPED && saidAll()) {
                            disconnect();
                        } else if (stopping.getCount() > 0) {
                            lock.wait();
                        }
                        continue;
                    }
                }
                send(to, records);
            }
        } catch (InterruptedException e) {
            log.warn("the executor's writing thread was interrupted");
            abort();
        }
    }

    private List<SpecificRecord> takeUnsent() {
        List<SpecificRecord> records = new ArrayList<>(tasks.takeUnsent());
        records.addAll(messages);
        messages.clear();
        return records;
    }

    /** If it can't be sent, no more is on this connection, but what the agent has sent on it is still read. Updates go with the next. */
    private void send(AgentConnection to, List<SpecificRecord> records) {
        try {
            for (SpecificRecord record : records) {
                to.send(record);
            }
        } catch (IOException e) {
            log.debug("nothing more can be sent on the connection to the agent", e);
            synchronized (lock) {
                if (connection == to) {
                    connection = null;
                    messages.clear();
                }
            }
        }
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
        } catch (RuntimeException e) {
            log.error("the driver failed, and is aborted", e);
            abort();
        } finally {
            callbacks.shutdown();
            timers.shutdown();
            over.countDown();
        }
    }

    private long longestAwayNs() {
        synchronized (lock) {
            return agent == null
                    ? FIRST_REGISTRATION_TIMEOUT.toNanos()
                    : TimeUnit.MILLISECONDS.toNanos(agent.getExecutor().getRecoveryTimeoutMs());
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
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMs);
        lastCall(() -> executor.shutdown(this, graceMs), graceMs);
        synchronized (lock) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
            while (status == Status.RUNNING && leftMs > 0 && !tasks.allEnded()) {
                lock.wait(leftMs);
                leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
            }
        }
        abort();
    }

    /** Calls the executor, and waits until it has returned, for so long at the most. */
    private void lastCall(Runnable callback, long longestMs) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        call(() -> {
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
            RegisterExecutor registration;
            synchronized (lock) {
                if (stopping.getCount() == 0) {
                    return false;
                }
                open = fresh;
                registration = tasks.registration(environment);
            }
            fresh.send(registration);
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
            lastCall(() -> executor.error(this, message), linger.toMillis());
            abort();
        }
        synchronized (lock) {
            open = null;
            connection = null;
            messages.clear();
            if (wasRegistered && status == Status.RUNNING) {
                call(() -> executor.disconnected(this));
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
            after(shutdown.getGracePeriodMs(), this::stop);
            callIfRunning(() -> shutDown(shutdown.getGracePeriodMs()));
        }
    }

    private void shutDown(long gracePeriodMs) {
        executor.shutdown(this, gracePeriodMs);
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
            lock.notifyAll();
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
            lock.notifyAll();
            if (status != Status.RUNNING && saidAll()) {
                disconnect();
            }
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
        call(() -> {
            if (status() == Status.RUNNING) {
                callback.run();
            }
        });
    }

    private void call(Runnable callback) {
        try {
            callbacks.execute(() -> guarded(callback));
        } catch (RejectedExecutionException e) {
            log.debug("the driver has ended; something that came later is passed over");
        }
    }

    private void after(long delayMs, Runnable then) {
        try {
            var unused = timers.schedule(then, delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the driver has ended before it was time");
        }
    }

    private void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable e) {
            // Errors too: nobody else would ever hear of them.
            log.error("the executor failed, and its driver is aborted", e);
            abort();
        }
    }
}
