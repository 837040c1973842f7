package dev.millrace.streams;

import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.TopicRecreatedException;
import dev.millrace.streams.topology.FailureLedger;
import dev.millrace.streams.topology.SchedulerSetup;
import dev.millrace.streams.topology.SchedulerTopology;
import dev.millrace.streams.topology.StepFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scheduler instance: checks the topics, runs the topology, replaces stream threads that fail, and gives up when they fail over and
 * over. Started once and closed once; thread-safe.
 */
public final class SchedulerApp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerApp.class);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final SchedulerConfig config;
    private final StepInterceptor interceptor;
    private final CrashLoopBreaker breaker = new CrashLoopBreaker(System::nanoTime);
    private final Map<Integer, Long> restoredRecords = new HashMap<>();
    private final CountDownLatch running = new CountDownLatch(1);
    /** Completed when the instance has stopped: with why, if that was not asked for. */
    private final CompletableFuture<Optional<String>> stopped = new CompletableFuture<>();

    private final AtomicLong startedNanos = new AtomicLong();
    private volatile Optional<String> failure = Optional.empty();
    private @Nullable Admin admin;
    private @Nullable KafkaStreams streams;

    public SchedulerApp(SchedulerConfig config) {
        this(config, StepInterceptor.NONE);
    }

    /** An instance whose steps are intercepted, for tests. */
    public SchedulerApp(SchedulerConfig config, StepInterceptor interceptor) {
        this.config = config;
        this.interceptor = interceptor;
    }

    /**
     * Checks that everything is there and starts the stream threads. Returns before they run: see {@link #awaitRunning}.
     *
     * @throws SchedulerException if the instance can't start; the message says what to do
     */
    public synchronized void start() {
        if (admin != null) {
            throw new IllegalStateException("started already");
        }
        startedNanos.set(System.nanoTime());
        try {
            Files.createDirectories(config.stateDir());
            String instanceId = InstanceId.in(config.stateDir(), config.instanceId());
            Properties settings = StreamsSettings.of(config, instanceId);
            String group = config.topics().applicationId();
            Admin newAdmin = Admin.create(new StreamsConfig(settings).getAdminConfigs(group + "-admin"));
            admin = newAdmin;
            SchedulerSetup setup = new SchedulerSetup(
                    config.topics(),
                    new TopicCheck(config.topics(), config.bootstrapServers())
                            .check(newAdmin, config.acceptedTopicIds()),
                    config.tickInterval(),
                    new FailureLedger(config.stateDir().resolve("failures")),
                    interceptor,
                    this::ready);
            streams = start(setup, settings, new GroupMembership(newAdmin, group, instanceId));
        } catch (IOException e) {
            throw new SchedulerException("cannot use the state directory " + config.stateDir() + ": " + e, e);
        }
    }

    private KafkaStreams start(SchedulerSetup setup, Properties settings, GroupMembership membership) {
        KafkaStreams created;
        try {
            created = new KafkaStreams(SchedulerTopology.build(setup), settings);
        } catch (StreamsException e) {
            throw new SchedulerException(
                    "cannot start in the state directory " + config.stateDir()
                            + "; is another scheduler running in it? " + e.getMessage(),
                    e);
        }
        created.setUncaughtExceptionHandler(thrown -> onFailure(thrown, membership));
        created.setStateListener((now, before) -> onState(now));
        created.start();
        return created;
    }

    /** Waits until all partitions that this instance was given are restored and go on; false if they are not within the time. */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        boolean counted = running.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        failure.ifPresent(why -> {
            throw new SchedulerException(why);
        });
        return counted;
    }

    /** Completes when the instance has stopped, with what went wrong if nobody asked it to. */
    public CompletableFuture<Optional<String>> stopped() {
        return stopped.copy();
    }

    /**
     * Commits what is in hand and stops. The instance stays a member of the group, so that it gets the same partitions back without a
     * rebalance if it is started again before the session timeout.
     */
    @Override
    public void close() {
        KafkaStreams runningStreams;
        Admin runningAdmin;
        synchronized (this) {
            runningStreams = streams;
            runningAdmin = admin;
        }
        boolean closed = runningStreams == null || runningStreams.close(CLOSE_TIMEOUT);
        if (runningAdmin != null) {
            runningAdmin.close();
        }
        stopped.complete(
                closed || failure.isPresent()
                        ? failure
                        : Optional.of("the stream threads did not stop within " + CLOSE_TIMEOUT.toSeconds() + " s"));
    }

    private void ready(int partition, long inputs, long records) {
        breaker.ready(partition, inputs);
        synchronized (restoredRecords) {
            restoredRecords.put(partition, records);
        }
    }

    private void onState(KafkaStreams.State now) {
        if (now == KafkaStreams.State.RUNNING && running.getCount() > 0) {
            logRunning();
            running.countDown();
        } else if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
            running.countDown();
            stopped.complete(failure);
        }
    }

    private void logRunning() {
        long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos.get());
        synchronized (restoredRecords) {
            long records =
                    restoredRecords.values().stream().mapToLong(Long::longValue).sum();
            LOG.info(
                    "running: partitions {} of {}, {} stored records, ready after {} ms",
                    restoredRecords.keySet().stream().sorted().toList(),
                    config.topics().applicationId(),
                    records,
                    elapsedMs);
        }
    }

    private StreamThreadExceptionResponse onFailure(Throwable thrown, GroupMembership membership) {
        Optional<TopicRecreatedException> recreated = cause(thrown, TopicRecreatedException.class);
        if (recreated.isPresent()) {
            return giveUp(String.valueOf(recreated.get().getMessage()), thrown);
        }
        if (breaker.failed(partition(thrown))) {
            return giveUp(
                    "stream threads failed " + CrashLoopBreaker.MAX_FAILURES + " times within "
                            + CrashLoopBreaker.WINDOW.toMinutes() + " minutes without any progress; the last time: "
                            + rootCause(thrown),
                    thrown);
        }
        String what = cause(thrown, StepFailedException.class)
                .map(Throwable::getMessage)
                .orElseGet(() -> String.valueOf(rootCause(thrown)));
        LOG.error("a stream thread failed and is replaced: {}", what, thrown);
        membership.remove(Thread.currentThread());
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private StreamThreadExceptionResponse giveUp(String why, Throwable thrown) {
        failure = Optional.of(why);
        LOG.error("the scheduler stops: {}", why, thrown);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    private static OptionalInt partition(Throwable thrown) {
        return cause(thrown, StreamsException.class)
                .flatMap(StreamsException::taskId)
                .map(taskId -> OptionalInt.of(taskId.partition()))
                .orElse(OptionalInt.empty());
    }

    private static <T extends Throwable> Optional<T> cause(Throwable thrown, Class<T> type) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return Optional.of(type.cast(t));
            }
        }
        return Optional.empty();
    }

    private static Throwable rootCause(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
