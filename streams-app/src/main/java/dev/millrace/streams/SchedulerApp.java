package dev.millrace.streams;

import dev.millrace.client.ClusterException;
import dev.millrace.client.SchemaPublisher;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.topology.FailureLedger;
import dev.millrace.streams.topology.PartitionListener;
import dev.millrace.streams.topology.SchedulerSetup;
import dev.millrace.streams.topology.SchedulerTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scheduler instance: checks the topics, publishes the schemas, runs the topology, replaces stream threads that fail, and gives up
 * when that is of no use. Started once and closed once; thread-safe.
 */
public final class SchedulerApp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerApp.class);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final SchedulerConfig config;
    private final StepInterceptor interceptor;
    private final ThreadFailures failures;
    private final Map<Integer, Long> storedRecords = new HashMap<>();
    private final RestoredRecords restored = new RestoredRecords();
    private final CountDownLatch running = new CountDownLatch(1);
    /** Completed when the instance has stopped: with why, if that was not asked for. */
    private final CompletableFuture<Optional<String>> stopped = new CompletableFuture<>();

    private final AtomicLong startedNanos = new AtomicLong();
    private final EndReason end = new EndReason();

    private final PartitionListener listener = new PartitionListener() {
        @Override
        public void ready(int partition, long inputs, long records) {
            failures.ready(partition, inputs);
            synchronized (storedRecords) {
                storedRecords.put(partition, records);
            }
            onReady(partition, records);
        }

        @Override
        public void ticked(int partition) {
            failures.ticked(partition);
        }
    };
    private @Nullable Admin admin;
    private @Nullable TopicWatch watch;
    private @Nullable GroupMembership membership;
    private @Nullable DeadTransactions deadTransactions;
    private @Nullable KafkaStreams streams;

    public SchedulerApp(SchedulerConfig config) {
        this(config, StepInterceptor.NONE);
    }

    /** An instance whose steps are intercepted, for tests. */
    public SchedulerApp(SchedulerConfig config, StepInterceptor interceptor) {
        this.config = config;
        this.interceptor = interceptor;
        failures =
                new ThreadFailures(new CrashLoopBreaker(System::nanoTime), config.topics(), config.bootstrapServers());
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
            String group = config.topics().applicationId();
            StreamsConfig clients = StreamsSettings.forClients(config);
            Admin newAdmin = Admin.create(clients.getAdminConfigs(group + "-admin"));
            admin = newAdmin;
            TopicCheck check = new TopicCheck(config.topics(), config.bootstrapServers());
            FoundTopics found = check.check(newAdmin, config.acceptedTopicIds());
            check.requireState(newAdmin);
            publishSchemas(clients, group);
            Properties settings = StreamsSettings.of(config, instanceId, found.replicationFactor());
            SchedulerSetup setup = new SchedulerSetup(
                    config.topics(),
                    found.inbound(),
                    StreamsSettings.changelogReplicas(settings),
                    config.tickInterval(),
                    new FailureLedger(config.stateDir().resolve("failures")),
                    interceptor,
                    listener);
            TopicWatch newWatch =
                    new TopicWatch(newAdmin, config.topics(), config.bootstrapServers(), found.inbound(), this::stop);
            watch = newWatch;
            GroupMembership newMembership = new GroupMembership(newAdmin, group, instanceId);
            membership = newMembership;
            LocalStores newLocalStores = new LocalStores(newAdmin, config.topics(), config.stateDir());
            boolean storesAreStale = newLocalStores.areStale();
            KafkaStreams made = make(setup, settings, newMembership, newWatch);
            streams = made;
            String ownClientId =
                    made.metadataForLocalThreads().iterator().next().consumerClientId();
            DeadTransactions newDeadTransactions = new DeadTransactions(newAdmin, group, instanceId, ownClientId);
            deadTransactions = newDeadTransactions;
            made.setStateListener((now, before) -> onState(now, newDeadTransactions, newLocalStores));
            if (storesAreStale) {
                LOG.info("what the state directory holds may be of other changelogs; it is removed and read anew");
                made.cleanUp();
            }
            made.start();
            newWatch.start();
        } catch (IOException e) {
            throw new SchedulerException("cannot use the state directory " + config.stateDir() + ": " + e, e);
        }
    }

    /** Before anything is written with them, so that no reader meets with a record whose schema it can't find. */
    private void publishSchemas(StreamsConfig clients, String group) {
        try {
            SchemaPublisher.publish(
                    clients.getRestoreConsumerConfigs(group + "-schemas"),
                    clients.getProducerConfigs(group + "-schemas"),
                    config.topics());
        } catch (ClusterException | KafkaException e) {
            throw new SchedulerException("cannot publish the schemas: " + e.getMessage(), e);
        }
    }

    private KafkaStreams make(
            SchedulerSetup setup, Properties settings, GroupMembership newMembership, TopicWatch topicWatch) {
        KafkaStreams created;
        try {
            created = new KafkaStreams(SchedulerTopology.build(setup), settings);
        } catch (StreamsException e) {
            throw new SchedulerException(
                    "cannot start in the state directory " + config.stateDir()
                            + "; is another scheduler running in it? " + e.getMessage(),
                    e);
        }
        created.setUncaughtExceptionHandler(thrown -> onFailure(thrown, newMembership, topicWatch));
        created.setGlobalStateRestoreListener(restored);
        return created;
    }

    /** Waits until all partitions that this instance was given are restored and go on; false if they are not within the time. */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        boolean counted = running.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        end.failure().ifPresent(why -> {
            throw new SchedulerException(why);
        });
        return counted;
    }

    /** What was done before the partition went on here the last time; empty if it never did. */
    public Optional<Restoration> restoration(int partition) {
        return restored.last(partition);
    }

    /** How many records of its changelogs were read before the partition went on here the last time; -1 if it never did. */
    long restoredRecords(int partition) {
        return restored.last(partition).map(Restoration::read).orElse(-1L);
    }

    /** How many records the standby that lags most has still to read; empty if there is none here. */
    OptionalLong standbyLag() {
        KafkaStreams runningStreams;
        synchronized (this) {
            runningStreams = streams;
        }
        return runningStreams == null ? OptionalLong.empty() : StandbyLag.of(runningStreams);
    }

    /** Completes when the instance has stopped, with what went wrong if nobody asked it to. */
    public CompletableFuture<Optional<String>> stopped() {
        return stopped.copy();
    }

    /**
     * Commits what is in hand and stops. If there are other instances, this one leaves the group, so that they go on with its partitions at
     * once. If there are none it stays a member, so that it gets the same partitions back without a rebalance if it is started again before
     * the session timeout.
     */
    @Override
    public void close() {
        end.asked();
        boolean closed = closeStreams();
        DeadTransactions runningDeadTransactions;
        TopicWatch runningWatch;
        Admin runningAdmin;
        synchronized (this) {
            runningDeadTransactions = deadTransactions;
            runningWatch = watch;
            runningAdmin = admin;
        }
        if (runningDeadTransactions != null) {
            runningDeadTransactions.close();
        }
        if (runningWatch != null) {
            runningWatch.close();
        }
        if (runningAdmin != null) {
            runningAdmin.close();
        }
        stopped.complete(
                closed || end.failure().isPresent()
                        ? end.failure()
                        : Optional.of("the stream threads did not stop within " + CLOSE_TIMEOUT.toSeconds() + " s"));
    }

    private boolean closeStreams() {
        KafkaStreams runningStreams;
        GroupMembership runningMembership;
        synchronized (this) {
            runningStreams = streams;
            runningMembership = membership;
        }
        if (runningStreams == null) {
            return true;
        }
        boolean leaves = runningMembership != null && runningMembership.hasOthers();
        return runningStreams.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(
                        leaves ? GroupMembershipOperation.LEAVE_GROUP : GroupMembershipOperation.REMAIN_IN_GROUP));
    }

    /** Gives up, from a thread that is none of the stream threads. */
    private void stop(String why) {
        end.failed(why);
        LOG.error("the scheduler stops: {}", why);
        if (!closeStreams()) {
            running.countDown();
            stopped.complete(end.failure());
        }
    }

    /** On a stream thread. What an instance takes over later is said of each partition. */
    private void onReady(int partition, long records) {
        Restoration done = restored.ready(partition, records);
        if (running.getCount() == 0) {
            LOG.info(
                    "partition {} goes on here: {} stored records, {} of the changelogs were still to be read, in {} ms",
                    partition,
                    records,
                    done.read(),
                    done.took().toMillis());
        }
    }

    private void onState(KafkaStreams.State now, DeadTransactions dead, LocalStores localStores) {
        if (now == KafkaStreams.State.REBALANCING) {
            dead.sharingOut();
        } else if (now == KafkaStreams.State.RUNNING) {
            dead.sharedOut();
        } else {
            dead.close();
        }
        if (now == KafkaStreams.State.RUNNING && running.getCount() > 0) {
            logRunning();
            localStores.note();
            running.countDown();
        } else if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
            end.ended();
            running.countDown();
            stopped.complete(end.failure());
        }
    }

    private void logRunning() {
        long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos.get());
        synchronized (storedRecords) {
            long records =
                    storedRecords.values().stream().mapToLong(Long::longValue).sum();
            LOG.info(
                    "running: partitions {} of {}, {} stored records, ready after {} ms",
                    storedRecords.keySet().stream().sorted().toList(),
                    config.topics().applicationId(),
                    records,
                    elapsedMs);
        }
    }

    private StreamThreadExceptionResponse onFailure(Throwable thrown, GroupMembership group, TopicWatch topicWatch) {
        end.thrown(ThreadFailures.rootCause(thrown));
        Optional<String> hopeless = failures.hopeless(thrown, topicWatch::change);
        if (hopeless.isPresent()) {
            end.failed(hopeless.get());
            LOG.error("the scheduler stops: {}", hopeless.get(), thrown);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        LOG.error("a stream thread failed and is replaced: {}", ThreadFailures.what(thrown), thrown);
        group.remove(Thread.currentThread());
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
}
