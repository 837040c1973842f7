package dev.millrace.client.framework;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.client.MillraceClient;
import dev.millrace.client.RecordReader;
import dev.millrace.client.Start;
import dev.millrace.client.TestCluster;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.SchedulerHeartbeat;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.FrameworkCall;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;

/**
 * What frameworks take for the scheduler: the test reads their calls from it and says what they are told. Mutable; the test's thread uses it.
 */
final class ScriptedScheduler implements AutoCloseable {
    static final String POOL = "default";
    static final Duration LONG = Duration.ofSeconds(30);

    private static final Duration MOMENT = Duration.ofMillis(50);
    private static final Duration SHORT = Duration.ofMillis(1);
    private static final String MARK = "mark";

    private static final AtomicInteger FRAMEWORKS = new AtomicInteger();

    /** The only framework that it listens to; each test has another one. */
    final String framework = "spark-" + FRAMEWORKS.incrementAndGet();

    private final TestCluster cluster;
    private final RecordReader reader;
    private final MillraceClient marks;
    private final ArrayDeque<SpecificRecord> calls = new ArrayDeque<>();

    ScriptedScheduler(TestCluster cluster) {
        this.cluster = cluster;
        this.reader = new RecordReader(
                cluster.config,
                List.of(Topic.FRAMEWORK_CALLS),
                count -> IntStream.range(0, count).boxed().toList(),
                Start.end());
        this.marks = new MillraceClient(cluster.config);
    }

    /** Waits for the next call that is no heartbeat, which must be of that type. */
    <T extends SpecificRecord> T next(Class<T> type) {
        SpecificRecord call = nextOfAny();
        while (call instanceof FrameworkHeartbeat && type != FrameworkHeartbeat.class) {
            call = nextOfAny();
        }
        assertThat(call).isInstanceOf(type);
        return type.cast(call);
    }

    /** Waits for the next calls, which must all be heartbeats. */
    void heartbeats(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(nextOfAny()).isInstanceOf(FrameworkHeartbeat.class);
        }
    }

    /** Passes over all calls up to the next heartbeat; whoever sends those has been answered, and subscribes no more. */
    void skipToHeartbeat() {
        SpecificRecord call = nextOfAny();
        while (!(call instanceof FrameworkHeartbeat)) {
            call = nextOfAny();
        }
    }

    /** The names of the calls that were made until now and not asked for, without heartbeats. */
    List<String> calledUntilNow() {
        marks.call(new SuppressOffers(POOL, MARK, 0L, List.of())).join();
        List<String> names = new ArrayList<>();
        for (SpecificRecord call = nextOfAny(); !isMark(call); call = nextOfAny()) {
            if (!(call instanceof FrameworkHeartbeat)) {
                names.add(call.getSchema().getName());
            }
        }
        return names;
    }

    /** Waits for a Subscribe and answers it, with terms that let tests go on: nothing is taken for silence. */
    Subscribe takeSubscribe() {
        return takeSubscribe(Duration.ofMillis(200), Duration.ofMinutes(10));
    }

    Subscribe takeSubscribe(Duration heartbeatInterval, Duration timeout) {
        Subscribe subscribe = next(Subscribe.class);
        subscribed(subscribe.getIncarnation(), heartbeatInterval, timeout, 0);
        return subscribe;
    }

    void subscribed(long incarnation, Duration heartbeatInterval, Duration timeout, int taskCount) {
        tell(new Subscribed(
                POOL,
                framework,
                incarnation,
                heartbeatInterval.toMillis(),
                timeout.toMillis(),
                taskCount > 0,
                taskCount,
                Instant.EPOCH));
    }

    void offer(long incarnation, String... offerIds) {
        List<Offer> offers =
                Arrays.stream(offerIds).map(ScriptedScheduler::offer).toList();
        tell(new OffersMade(POOL, framework, incarnation, offers, Instant.EPOCH));
    }

    void rescind(String... offerIds) {
        tell(new OffersRescinded(POOL, framework, List.of(offerIds), Reason.REASON_OFFER_TIMEOUT, Instant.EPOCH));
    }

    void heartbeat(long incarnation) {
        tell(new SchedulerHeartbeat(POOL, framework, incarnation, Instant.EPOCH));
    }

    void error(long incarnation, boolean fatal, String message) {
        tell(new FrameworkError(
                POOL,
                framework,
                incarnation,
                "AcceptOffers",
                fatal,
                Reason.REASON_FRAMEWORK_FENCED,
                message,
                Instant.EPOCH,
                "o-1"));
    }

    void status(String taskId, long sequence, TaskState state) {
        cluster.publish(statusOf(framework, taskId, sequence, state));
    }

    void tell(SpecificRecord event) {
        tell(framework, event);
    }

    void tell(String framework, SpecificRecord event) {
        cluster.publish(Topic.RESOURCE_OFFERS, Topics.partition(POOL, TestCluster.PARTITIONS), framework, event);
    }

    static TaskStatus statusOf(String framework, String taskId, long sequence, TaskState state) {
        return TestCluster.status(POOL, taskId, sequence, state)
                .setFrameworkId(framework)
                .build();
    }

    static Offer offer(String offerId) {
        return Offer.newBuilder()
                .setOfferId(offerId)
                .setRole("eng")
                .setAgentId("agent-1")
                .setHostname("host-1")
                .setResources(Resources.newBuilder()
                        .setCpuMillis(1_000)
                        .setMemMib(256)
                        .build())
                .setTimeoutMs(60_000)
                .build();
    }

    @Override
    public void close() {
        marks.close();
        reader.close();
    }

    private void take(SpecificRecord call) {
        FrameworkCall caller = FrameworkCall.of(call).orElseThrow();
        if (caller.frameworkId().equals(framework) || isMark(call)) {
            calls.add(call);
        }
    }

    private static boolean isMark(SpecificRecord call) {
        return call instanceof SuppressOffers suppress
                && suppress.getFrameworkId().equals(MARK);
    }

    private SpecificRecord nextOfAny() {
        if (calls.isEmpty()) {
            await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(SHORT).until(() -> {
                reader.poll(MOMENT, this::take);
                return !calls.isEmpty();
            });
        }
        return calls.removeFirst();
    }
}
