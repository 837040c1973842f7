package dev.millrace.client.framework;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.RecordReader;
import dev.millrace.client.Start;
import dev.millrace.client.Submitted;
import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SchedulerHeartbeat;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Teardown;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A framework's connection to the scheduler: events are polled from it, calls are made on it. It subscribes, sends heartbeats on a thread of its
 * own, and keeps the place up to which events were handled, so that the framework's next process goes on from there. Whoever does not poll is not
 * sent more than Kafka keeps. One thread at a time polls and commits; any thread may make calls.
 *
 * <pre>{@code
 * try (var connection = new FrameworkConnection(cluster, FrameworkInfo.of("batch", "default"))) {
 *     while (working) {
 *         for (SpecificRecord event : connection.poll(Duration.ofSeconds(1))) {
 *             if (event instanceof OffersMade made) {
 *                 made.getOffers().forEach(offer -> connection.launch(List.of(offer), tasksFor(offer)));
 *             }
 *         }
 *         connection.commit();
 *     }
 * }
 * }</pre>
 *
 * <p>The events are the records {@code Subscribed}, {@code OffersMade}, {@code OffersRescinded}, {@code OperationUpdated}, {@code
 * FrameworkFailure}, {@code MessageToFramework}, {@code Reconciled}, {@code FrameworkError} and {@code TaskStatus}, and no others. Offers are those
 * that are made to this process, each once; errors and answers to {@code reconcile} are those of this process. Statuses come after
 * {@code Subscribed}, from where an earlier process had committed.
 */
public final class FrameworkConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FrameworkConnection.class);
    /** So often it looks whether there is something to say. */
    private static final long BEAT_MS = 50;
    /** Other languages' numbers have so many bits. */
    private static final int INCARNATION_BITS = 53;

    private final FrameworkInfo info;
    private final long incarnation = new SecureRandom().nextLong(1L << INCARNATION_BITS);
    private final Pace pace;
    private final String statusTopic;
    private final MillraceClient client;
    private final RecordReader reader;
    private final boolean keepsPlace;
    private final ScheduledExecutorService heart;
    private final KnownOffers offers = new KnownOffers();
    /** Held while a call is made, so that none comes after the last one. */
    private final Object calling = new Object();

    private volatile @Nullable Subscribed terms;
    /** For how long events were waited for since the scheduler was last heard. */
    private volatile long silentNs;

    private volatile long lag;
    private volatile boolean fenced;
    private volatile boolean left;

    /** Of the heart's thread alone, once it beats: when it last said something. */
    private long beatenNs = System.nanoTime();
    /** These are of the polling thread alone. */
    private boolean heard;

    private boolean uncommitted;
    private long committedNs = System.nanoTime();
    /** Where this process was answered that it is listened to: the later it was, the more its place counts. */
    private long term;
    /** A later process keeps the place. */
    private boolean followed;

    /**
     * Connects and subscribes. It does not wait for the answer.
     *
     * @throws ClusterException if the cluster's topics do not exist or cannot be reached
     */
    public FrameworkConnection(ClusterConfig cluster, FrameworkInfo info) {
        this(cluster, info, Pace.USUAL, true);
    }

    /** Like the other, for a framework whose id no later process has: no place is kept, so Kafka has nothing to remember of it. */
    static FrameworkConnection withoutSuccessor(ClusterConfig cluster, FrameworkInfo info) {
        return new FrameworkConnection(cluster, info, Pace.USUAL, false);
    }

    FrameworkConnection(ClusterConfig cluster, FrameworkInfo info, Pace pace) {
        this(cluster, info, pace, true);
    }

    private FrameworkConnection(ClusterConfig cluster, FrameworkInfo info, Pace pace, boolean keepsPlace) {
        this.info = info;
        this.pace = pace;
        this.keepsPlace = keepsPlace;
        String group = cluster.topics().prefix() + "framework." + info.pool() + '.' + info.id();
        this.statusTopic = cluster.topics().name(Topic.TASK_STATUS);
        this.reader = new RecordReader(
                cluster,
                List.of(Topic.RESOURCE_OFFERS, Topic.TASK_STATUS),
                count -> List.of(Topics.partition(info.pool(), count)),
                keepsPlace ? Start.committed(group) : Start.end());
        this.client = clientOrElse(cluster, reader);
        this.heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "millrace-framework-" + info.id() + "-heart");
            thread.setDaemon(true);
            return thread;
        });
        // Whoever takes over learns so before it is told what became of its tasks.
        reader.pause(statusTopic);
        // Before anything else can be called, for it would be refused for good.
        watch(call(info.subscribe(incarnation)));
        var unused = heart.scheduleWithFixedDelay(this::beat, BEAT_MS, BEAT_MS, TimeUnit.MILLISECONDS);
    }

    /** A client; or else the reader is closed. */
    private static MillraceClient clientOrElse(ClusterConfig cluster, RecordReader reader) {
        boolean made = false;
        try {
            MillraceClient client = new MillraceClient(cluster);
            made = true;
            return client;
        } finally {
            if (!made) {
                reader.close();
            }
        }
    }

    /** What the framework said of itself. */
    public FrameworkInfo info() {
        return info;
    }

    /** What tells this process's calls from those of the framework's other processes. */
    public long incarnation() {
        return incarnation;
    }

    /**
     * Waits for events.
     *
     * @param timeout how long to wait if there is none
     * @return those that came, in order for each topic
     * @throws org.apache.kafka.common.KafkaException if they cannot be read
     */
    public List<SpecificRecord> poll(Duration timeout) {
        List<SpecificRecord> events = new ArrayList<>();
        long beganNs = System.nanoTime();
        heard = false;
        reader.poll(timeout, record -> take(record, events));
        lag = reader.lag();
        if (heard) {
            silentNs = 0;
        } else if (lag == 0) {
            // Neither the time that the taker takes nor a backlog of others' events is the scheduler's silence.
            silentNs = silentNs + System.nanoTime() - beganNs;
        }
        uncommitted |= !events.isEmpty();
        return events;
    }

    /**
     * Notes for the framework's next process that all events that were polled so far were handled. It may be called after each poll: it does nothing
     * when there is nothing to note, or another process has taken over.
     *
     * @throws org.apache.kafka.common.KafkaException if that could not be done
     */
    public void commit() {
        long now = System.nanoTime();
        boolean isDue = uncommitted || now - committedNs >= pace.commitAgain().toNanos();
        if (!keepsPlace || terms == null || fenced || followed || !isDue) {
            return;
        }
        followed = !reader.commit(term);
        uncommitted = false;
        committedNs = now;
        if (followed) {
            LOG.warn(
                    "framework {}: another process keeps its place, and this one should soon be told that it is fenced",
                    info.id());
        }
    }

    /** Makes the present or next {@link #poll} return at once. Any thread may call it. */
    public void wakeUp() {
        reader.wakeUp();
    }

    /** Whether the scheduler has answered this process within its timeout, as far as events were polled. */
    public boolean isConnected() {
        Subscribed subscribed = terms;
        return subscribed != null && sinceHeard().toMillis() <= subscribed.getTimeoutMs();
    }

    /** For how long events were waited for since the scheduler last answered this process; the time between polls does not count. */
    public Duration sinceHeard() {
        return Duration.ofNanos(silentNs);
    }

    /** How many events there are, as far as is known here, that were not polled yet; others' in the same partitions count. */
    public long lag() {
        return lag;
    }

    /** How many offers were handed out and are not answered, rescinded or used. */
    public int offersOut() {
        return offers.out();
    }

    // Calls: what they return completes when the call is safe in the log, and fails as MillraceClient.submit does;
    // after
    // the last call it fails with an IllegalStateException.

    /** Launches tasks on offers of one agent and role, whose pool and role they get. What they leave goes back. */
    public CompletableFuture<Submitted> launch(List<Offer> on, List<TaskRequest> tasks) {
        return accept(on, List.of(Operations.launch(info.pool(), on.get(0), tasks)), Refusal.DEFAULT);
    }

    /**
     * Uses offers of one agent and role.
     *
     * @param refuse for how long the agent's rest is not offered again; a second at least
     */
    public CompletableFuture<Submitted> accept(List<Offer> accepted, List<OfferOperation> operations, Duration refuse) {
        List<String> ids = accepted.stream().map(Offer::getOfferId).toList();
        return answer(ids, new AcceptOffers(info.pool(), info.id(), incarnation, ids, operations, refuse.toMillis()));
    }

    /**
     * Gives offers back.
     *
     * @param refuse for how long no more of these agents is offered again; a second at least
     */
    public CompletableFuture<Submitted> decline(List<Offer> declined, Duration refuse) {
        List<String> ids = declined.stream().map(Offer::getOfferId).toList();
        return answer(ids, new DeclineOffers(info.pool(), info.id(), incarnation, ids, refuse.toMillis()));
    }

    /**
     * Wants to be offered again what was declined or suppressed.
     *
     * @param roles the roles; none = all
     * @param unitsWanted how many units are wanted from now on; null = as before
     */
    public CompletableFuture<Submitted> revive(List<String> roles, @Nullable Integer unitsWanted) {
        return call(new ReviveOffers(info.pool(), info.id(), incarnation, roles, unitsWanted));
    }

    /** Wants no offers in these roles, or none at all, until {@link #revive}. */
    public CompletableFuture<Submitted> suppress(List<String> roles) {
        return call(new SuppressOffers(info.pool(), info.id(), incarnation, roles));
    }

    /** Takes other roles, wishes or another failover timeout; the id and pool stay. */
    public CompletableFuture<Submitted> update(FrameworkInfo changed) {
        return call(changed.update(incarnation));
    }

    /** Kills a task; null = with its own grace period. */
    public CompletableFuture<Submitted> kill(String taskId, @Nullable Duration gracePeriod) {
        Long graceMs = gracePeriod == null ? null : gracePeriod.toMillis();
        return call(new KillFrameworkTask(info.pool(), info.id(), incarnation, taskId, graceMs));
    }

    /**
     * Asks where tasks stand; none = all that have not ended, which is refused while the answer to such a question is not complete. The answer is one
     * {@code Reconciled} or more with this id.
     */
    public CompletableFuture<Submitted> reconcile(String reconciliationId, List<String> taskIds) {
        return call(new ReconcileTasks(info.pool(), info.id(), incarnation, reconciliationId, taskIds));
    }

    /** Sends an executor bytes, at most once. */
    public CompletableFuture<Submitted> message(String agentId, String executorId, byte[] data) {
        ByteBuffer bytes = ByteBuffer.wrap(data.clone());
        return call(new SendMessage(info.pool(), info.id(), incarnation, agentId, executorId, bytes));
    }

    /** Ends an executor, and with it its tasks. */
    public CompletableFuture<Submitted> shutdownExecutor(String agentId, String executorId) {
        return call(new ShutdownExecutor(info.pool(), info.id(), incarnation, agentId, executorId));
    }

    /** Ends the framework: all its tasks are killed. Nothing can be called afterwards. */
    public CompletableFuture<Submitted> tearDown() {
        return callLast(new Teardown(info.pool(), info.id(), incarnation));
    }

    /**
     * Says that this process stops, unless the framework was torn down or is another process's, and waits until all that was called is safe, half a
     * minute at the most. Tasks run on.
     */
    @Override
    public void close() {
        synchronized (calling) {
            if (!left && !fenced) {
                watch(callLast(new FrameworkLeaving(info.pool(), info.id(), incarnation)));
            }
            left = true;
        }
        release();
    }

    private void release() {
        heart.shutdown();
        try {
            client.close();
        } finally {
            reader.close();
        }
    }

    /** Offers whose answer can't be sent are still out. */
    private CompletableFuture<Submitted> answer(List<String> offerIds, SpecificRecord answer) {
        CompletableFuture<Submitted> called = call(answer);
        offerIds.forEach(offers::end);
        return called.whenComplete((submitted, failure) -> {
            if (failure != null) {
                offerIds.forEach(offers::restore);
            }
        });
    }

    private CompletableFuture<Submitted> call(SpecificRecord call) {
        synchronized (calling) {
            if (left || fenced) {
                String why = fenced ? "another process has taken over, or it is over" : "it was left or torn down";
                return CompletableFuture.failedFuture(
                        new IllegalStateException("framework " + info.id() + " can't call any more: " + why));
            }
            return client.call(call);
        }
    }

    private CompletableFuture<Submitted> callLast(SpecificRecord call) {
        synchronized (calling) {
            CompletableFuture<Submitted> called = call(call);
            left = true;
            return called;
        }
    }

    /**
     * Subscribes until that is answered, then asks for a sign of life at each interval, whatever else was called. Never after it has left, for then
     * it would be taken for a process that is back.
     */
    private void beat() {
        Subscribed subscribed = terms;
        long now = System.nanoTime();
        long intervalNs = subscribed == null
                ? pace.subscribeAgain().toNanos()
                : TimeUnit.MILLISECONDS.toNanos(subscribed.getHeartbeatIntervalMs());
        if (left || fenced || now - beatenNs < intervalNs) {
            return;
        }
        beatenNs = now;
        try {
            watch(call(
                    subscribed == null
                            ? info.subscribe(incarnation)
                            : new FrameworkHeartbeat(info.pool(), info.id(), incarnation)));
        } catch (RuntimeException e) {
            // It must not end with the first failure; the next beat tries again.
            LOG.warn("framework {}: could not be heard: {}", info.id(), e.getMessage());
        }
    }

    private void watch(CompletableFuture<Submitted> sent) {
        var unused = sent.whenComplete((submitted, failure) -> {
            if (failure != null) {
                LOG.warn("framework {}: could not be heard: {}", info.id(), failure.getMessage());
            }
        });
    }

    private void take(SpecificRecord record, List<SpecificRecord> events) {
        if (record instanceof TaskStatus status) {
            if (status.getFrameworkId().equals(info.id()) && status.getPool().equals(info.pool())) {
                events.add(status);
            }
            return;
        }
        if (!isMine(record)) {
            return;
        }
        if (record instanceof Subscribed subscribed) {
            if (subscribed.getIncarnation() == incarnation) {
                heard = true;
                if (terms == null) {
                    events.add(subscribed);
                    term = reader.offset();
                    reader.resume(statusTopic);
                }
                terms = subscribed;
            }
        } else if (record instanceof SchedulerHeartbeat heartbeat) {
            heard |= heartbeat.getIncarnation() == incarnation;
        } else if (record instanceof OffersMade made) {
            takeOffers(made, events);
        } else if (record instanceof OffersRescinded rescinded) {
            List<String> known =
                    rescinded.getOfferIds().stream().filter(offers::end).toList();
            if (!known.isEmpty()) {
                events.add(
                        OffersRescinded.newBuilder(rescinded).setOfferIds(known).build());
            }
        } else if (record instanceof FrameworkError error) {
            if (error.getIncarnation() == incarnation) {
                fenced |= error.getFatal();
                events.add(error);
            }
        } else if (terms != null || !(record instanceof Reconciled)) {
            // What an earlier process asked is answered before this one is, and was true then.
            events.add(record);
        }
    }

    private void takeOffers(OffersMade made, List<SpecificRecord> events) {
        if (made.getIncarnation() != incarnation) {
            return; // What is still out is told to this process too.
        }
        heard = true;
        List<Offer> fresh = made.getOffers().stream()
                .filter(offer -> offers.add(offer.getOfferId()))
                .toList();
        if (!fresh.isEmpty()) {
            events.add(OffersMade.newBuilder(made).setOffers(fresh).build());
        }
    }

    private boolean isMine(SpecificRecord event) {
        return info.id().equals(field(event, "frameworkId")) && info.pool().equals(field(event, "pool"));
    }

    private static @Nullable Object field(SpecificRecord event, String name) {
        var field = event.getSchema().getField(name);
        return field == null ? null : event.get(field.pos());
    }
}
