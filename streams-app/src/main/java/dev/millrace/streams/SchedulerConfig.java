package dev.millrace.streams;

import dev.millrace.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The settings of one scheduler instance. Policy is none of them: that is in the log.
 *
 * @param bootstrapServers Kafka brokers to begin with
 * @param topics the names of the cluster's topics
 * @param stateDir a directory of this instance alone, which must survive restarts
 * @param instanceId the name of this instance in the consumer group; empty = the one that is kept in the state directory
 * @param threads the number of stream threads
 * @param standbys how many other instances keep a copy of each partition's state, as far as there are so many
 * @param sessionTimeout how long an instance may be silent before others take its partitions
 * @param tickInterval how often each partition's clocks are moved
 * @param commitInterval how long inputs are gathered into one transaction, at most 1 s
 * @param acceptedTopicIds ids of inbound topics that were made anew and are accepted
 * @param kafka settings for Kafka Streams and its clients, which go before Millrace's own but for those that it can't do without
 */
public record SchedulerConfig(
        String bootstrapServers,
        Topics topics,
        Path stateDir,
        Optional<String> instanceId,
        int threads,
        int standbys,
        Duration sessionTimeout,
        Duration tickInterval,
        Duration commitInterval,
        Set<String> acceptedTopicIds,
        Map<String, String> kafka) {
    public static final int DEFAULT_STANDBYS = 1;
    /** The lowest that a stock broker takes. */
    public static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(6);

    /** How long readers wait for what a dead instance left open if no other one aborts it. */
    public static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(10);

    public static final Duration DEFAULT_TICK_INTERVAL = Duration.ofMillis(250);
    public static final Duration DEFAULT_COMMIT_INTERVAL = Duration.ofMillis(20);

    /** Well below the transaction timeout: a commit that comes later than that finds its transaction aborted. */
    private static final long MAX_COMMIT_INTERVAL_MS = 1_000;

    private static final Pattern LEGAL_INSTANCE_ID = Pattern.compile("[A-Za-z0-9._-]{1,200}");

    /** @throws IllegalArgumentException if a setting is out of its range; the message names it */
    public SchedulerConfig {
        if (bootstrapServers.isBlank()) {
            throw new IllegalArgumentException("bootstrap-servers is empty");
        }
        instanceId.filter(id -> !LEGAL_INSTANCE_ID.matcher(id).matches()).ifPresent(id -> {
            throw new IllegalArgumentException(
                    "instance-id '" + id + "' may have 1 to 200 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
        });
        requireRange("threads", threads, 1, 1_000);
        requireRange("standbys", standbys, 0, 10);
        requireRange("session-timeout-ms", sessionTimeout.toMillis(), 1_000, 600_000);
        requireRange("tick-interval-ms", tickInterval.toMillis(), 10, 60_000);
        requireRange("commit-interval-ms", commitInterval.toMillis(), 1, MAX_COMMIT_INTERVAL_MS);
        acceptedTopicIds = Set.copyOf(acceptedTopicIds);
        kafka = Collections.unmodifiableMap(new TreeMap<>(kafka));
        StreamsSettings.refuseReserved(kafka);
    }

    /** Everything else as it is by default. */
    public static SchedulerConfig of(String bootstrapServers, Topics topics, Path stateDir) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                Optional.empty(),
                Runtime.getRuntime().availableProcessors(),
                DEFAULT_STANDBYS,
                DEFAULT_SESSION_TIMEOUT,
                DEFAULT_TICK_INTERVAL,
                DEFAULT_COMMIT_INTERVAL,
                Set.of(),
                Map.of());
    }

    /** The same with so many stream threads. */
    public SchedulerConfig withThreads(int newThreads) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                instanceId,
                newThreads,
                standbys,
                sessionTimeout,
                tickInterval,
                commitInterval,
                acceptedTopicIds,
                kafka);
    }

    /** The same with that instance id. */
    public SchedulerConfig withInstanceId(String newInstanceId) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                Optional.of(newInstanceId),
                threads,
                standbys,
                sessionTimeout,
                tickInterval,
                commitInterval,
                acceptedTopicIds,
                kafka);
    }

    /** The same with so many standbys, and with that session timeout. */
    public SchedulerConfig withStandbys(int newStandbys, Duration newSessionTimeout) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                instanceId,
                threads,
                newStandbys,
                newSessionTimeout,
                tickInterval,
                commitInterval,
                acceptedTopicIds,
                kafka);
    }

    /** The same with that tick interval. */
    public SchedulerConfig withTickInterval(Duration newTickInterval) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                instanceId,
                threads,
                standbys,
                sessionTimeout,
                newTickInterval,
                commitInterval,
                acceptedTopicIds,
                kafka);
    }

    /** The same, taking those of the inbound topics that were deleted and made anew for what they are now. */
    public SchedulerConfig withAcceptedTopicIds(Set<String> newAcceptedTopicIds) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                instanceId,
                threads,
                standbys,
                sessionTimeout,
                tickInterval,
                commitInterval,
                newAcceptedTopicIds,
                kafka);
    }

    /** The same with these settings for Kafka Streams and its clients in place of those before. */
    public SchedulerConfig withKafka(Map<String, String> newKafka) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                instanceId,
                threads,
                standbys,
                sessionTimeout,
                tickInterval,
                commitInterval,
                acceptedTopicIds,
                newKafka);
    }

    private static void requireRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; it may be " + least + " to " + most);
        }
    }
}
