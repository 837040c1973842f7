package dev.millrace.agent.link;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects agents to Kafka: one real one, or thousands of simulated ones. It has one producer, one consumer, and one thread, which hands each
 * agent its messages and calls it when its time has come. Messages to agents that are not on this link are passed over undecoded.
 *
 * <p>It never gives up: while the broker is away, topics are missing or access is denied, it says so in the log and tries again.
 *
 * <p>Thread-safe; members are added before it is started.
 */
public final class AgentLink implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AgentLink.class);

    private static final long LONGEST_POLL_NS = Duration.ofSeconds(1).toNanos();
    /** How much of tasks' output may be unacknowledged; less than the producer's buffer holds, so that reports always find room. */
    private static final long MAX_LOG_BYTES = 16 << 20;

    /** How long Kafka may be silent before the log says so. */
    private static final long STALL_NS = Duration.ofSeconds(5).toNanos();

    private static final Duration GOODBYE = Duration.ofSeconds(5);

    private final LinkSettings settings;
    private final Consumer<Throwable> onFailure;
    private final Publisher publisher;
    private final Map<String, LinkMember> members = new HashMap<>();
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong undecodable = new AtomicLong();
    private volatile @Nullable LaunchReader reader;

    /** Owned by the link's thread, like all that follows. */
    private final Map<String, Agenda.Seat> seats = new HashMap<>();

    private final Agenda agenda = new Agenda();
    /** The partitions whose positions no longer exist. */
    private final Set<TopicPartition> lost = new HashSet<>();

    private final RecordCodec codec = new RecordCodec();
    private final Retry retry = new Retry(closing, log);
    private final Complaints stalls = new Complaints(log);

    /**
     * A link that is not started yet.
     *
     * @param onFailure told, on the link's thread, if it has to stop because of a fault that trying again can't mend
     */
    public AgentLink(LinkSettings settings, Consumer<Throwable> onFailure) {
        this.settings = settings;
        this.onFailure = onFailure;
        this.publisher = new Publisher(settings.topics(), MAX_LOG_BYTES);
        this.thread = new Thread(this::run, "agent-link " + settings.clientId());
        this.thread.setDaemon(true);
    }

    /** A sink for the reports of an agent of that pool. What it is given before the link is connected waits. */
    public AgentSink sink(String pool) {
        return new AgentSink(publisher, pool);
    }

    /**
     * An agent that speaks through this link. It becomes a member by {@link #add}, or is part of one.
     *
     * @param sink the sink of this link that the runner reports to
     */
    public LinkedAgent agent(AgentProfile profile, AgentSink sink, TaskRunner runner, LinkedAgent.Listener listener) {
        return new LinkedAgent(profile, new AgentSession(new SplittableRandom()), publisher, sink, runner, listener);
    }

    /** Makes an agent a member, so that its messages come to it. */
    public void add(LinkMember member) {
        if (members.putIfAbsent(member.agentId(), member) != null) {
            throw new IllegalArgumentException("agent " + member.agentId() + " is on this link already");
        }
    }

    /** Connects and begins, in a thread of its own. */
    public void start() {
        thread.start();
    }

    /** Lets the agents say goodbye, waits some seconds for what is still to be sent, and disconnects. */
    @Override
    public void close() {
        closing.countDown();
        LaunchReader current = reader;
        if (current != null) {
            current.wakeUp();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many messages its agents were sent. */
    public long messages() {
        return messages.get();
    }

    /** How many messages to its agents could not be decoded. */
    public long undecodable() {
        return undecodable.get();
    }

    /** How many records of its agents are safe in Kafka. */
    public long published() {
        return publisher.acknowledged();
    }

    /** How many records of its agents Kafka has refused. */
    public long refused() {
        return publisher.failed();
    }

    private void run() {
        try {
            awaitAddress();
            try (LaunchReader launches = new LaunchReader(settings)) {
                reader = launches;
                serve(launches);
            }
        } catch (WakeupException e) {
            log.debug("Link {} is closed", settings.clientId());
        } catch (RuntimeException | Error e) {
            log.error("Link {} failed", settings.clientId(), e);
            onFailure.accept(e);
        }
    }

    /** Kafka's clients can't even be made while no server's name can be resolved, as happens when containers start together. */
    private void awaitAddress() {
        retry.untilItWorks("find " + settings.cluster().bootstrapServers(), () -> {
            for (String server : settings.cluster().bootstrapServers().split(",", -1)) {
                String host = Utils.getHost(server.trim());
                // A server without a host is left for the client to complain about.
                if (host == null || resolves(host)) {
                    return true;
                }
            }
            throw new KafkaException("no address is known for any of these names");
        });
    }

    private static boolean resolves(String host) {
        try {
            return InetAddress.getAllByName(host).length > 0;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private void serve(LaunchReader launches) {
        int launchPartitions = retry.untilItWorks("use " + settings.cluster().bootstrapServers(), () -> {
            // The consumer asks: a producer's question would create a topic where the broker is set to do that.
            int partitions = launches.partitions(Topic.TASK_LAUNCHES);
            launches.partitions(Topic.AGENT_EVENTS);
            launches.partitions(Topic.TASK_LOGS);
            return partitions;
        });
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings.producerProperties());
        try {
            for (Topic topic : List.of(Topic.AGENT_EVENTS, Topic.TASK_LOGS)) {
                String name = settings.topics().name(topic);
                retry.untilItWorks(
                        "learn where " + name + " is", () -> retry.patiently(() -> producer.partitionsFor(name)));
            }
            publisher.connect(producer);
            takeSeats(launchPartitions);
            retry.untilItWorks("read launches", () -> {
                launches.readFromEnd(seats.values().stream()
                        .map(Agenda.Seat::launchPartition)
                        .collect(Collectors.toCollection(TreeSet::new)));
                return true;
            });
            begin();
            while (closing.getCount() > 0) {
                step(launches);
            }
        } finally {
            members.values().forEach(LinkMember::leave);
            publisher.retry();
            producer.close(GOODBYE);
        }
    }

    private void takeSeats(int launchPartitions) {
        members.forEach((agentId, member) ->
                seats.put(agentId, new Agenda.Seat(member, Topics.partition(agentId, launchPartitions))));
    }

    private void begin() {
        long nowNs = System.nanoTime();
        for (Agenda.Seat seat : seats.values()) {
            seat.member().begin(seat.launchPartition(), nowNs);
            tick(seat, nowNs);
        }
    }

    private void step(LaunchReader launches) {
        publisher.retry();
        long nowNs = System.nanoTime();
        complainOfStall(nowNs);
        for (Agenda.Seat seat = agenda.takeDue(nowNs); seat != null; seat = agenda.takeDue(nowNs)) {
            tick(seat, nowNs);
        }
        long waitNs = agenda.nsUntilNext(nowNs, LONGEST_POLL_NS);
        Duration timeout = Duration.ofMillis(waitNs == 0 ? 0 : waitNs / 1_000_000 + 1);
        ConsumerRecords<String, byte[]> records = retry.untilItWorks("read launches", () -> poll(launches, timeout));
        long readNs = System.nanoTime();
        for (ConsumerRecord<String, byte[]> record : records) {
            Agenda.Seat seat = seats.get(record.key());
            if (seat != null) {
                deliver(record, seat, readNs);
            }
        }
    }

    private void complainOfStall(long nowNs) {
        if (publisher.stalledNs(nowNs) > STALL_NS) {
            stalls.about("Kafka at " + settings.cluster().bootstrapServers() + " acknowledges nothing", nowNs);
        } else {
            stalls.over();
        }
    }

    private ConsumerRecords<String, byte[]> poll(LaunchReader launches, Duration timeout) {
        if (!lost.isEmpty()) {
            launches.goToEnd(lost);
            tellOfLoss();
        }
        try {
            return launches.poll(timeout);
        } catch (InvalidOffsetException e) {
            log.warn("Launches may have been missed: {}", e.getMessage());
            lost.addAll(e.partitions());
            return ConsumerRecords.empty();
        }
    }

    private void tellOfLoss() {
        Set<Integer> partitions = lost.stream().map(TopicPartition::partition).collect(Collectors.toSet());
        lost.clear();
        long nowNs = System.nanoTime();
        for (Agenda.Seat seat : seats.values()) {
            if (partitions.contains(seat.launchPartition())) {
                seat.member().messagesMissed(nowNs);
                tick(seat, nowNs);
            }
        }
    }

    private void deliver(ConsumerRecord<String, byte[]> record, Agenda.Seat seat, long nowNs) {
        messages.incrementAndGet();
        Decoded decoded = codec.decode(record.value(), Topic.TASK_LAUNCHES);
        if (decoded instanceof Decoded.Value value) {
            seat.member().take(value.record(), nowNs);
            tick(seat, nowNs);
        } else if (decoded instanceof Decoded.Fault fault && undecodable.incrementAndGet() == 1) {
            log.warn(
                    "A message to agent {} at {}-{}, offset {}, can't be decoded and is passed over; more are only counted: {} {}",
                    record.key(),
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    fault.reason(),
                    fault.detail());
        }
    }

    private void tick(Agenda.Seat seat, long nowNs) {
        agenda.plan(seat, nowNs + seat.member().tick(nowNs));
    }
}
