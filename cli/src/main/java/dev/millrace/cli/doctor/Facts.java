package dev.millrace.cli.doctor;

import dev.millrace.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * All that was found out about a cluster at one time.
 *
 * @param brokers the brokers
 * @param features what versions they run
 * @param refusal why a scheduler would not start on these topics; empty if it would
 * @param differences how topics differ from the catalogue, in words
 * @param topics the catalogue's topics that are there, and the changelogs
 * @param group the schedulers' group
 * @param progress how far each partition of the inbound topics is taken
 * @param ticks the ticks of each partition
 * @param transactions transactions that are open on any of the topics
 * @param agents how far the agents' clocks differ from the brokers'
 * @param poison how many of the newest dead letters have the reason POISON
 * @param behaviours by partition, the core's behaviour version in its newest closed journal block
 * @param lossLimits by pool, how many agents a minute it may lose; 0 = no limit
 * @param snapshots the newest snapshot of each partition that has any; empty if no directory was named
 */
record Facts(
        List<Broker> brokers,
        Features features,
        Optional<String> refusal,
        List<String> differences,
        List<FoundTopic> topics,
        Group group,
        List<Progress> progress,
        List<Ticks> ticks,
        List<OpenTransaction> transactions,
        List<AgentClock> agents,
        long poison,
        Map<Integer, Integer> behaviours,
        Map<String, Integer> lossLimits,
        Optional<List<Snapshot>> snapshots) {

    /** A broker with its settings. */
    record Broker(int id, String address, Map<String, String> settings) {
        /** A setting that is a number; empty if the broker does not tell it. */
        OptionalLong number(String setting) {
            String value = settings.get(setting);
            return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value));
        }
    }

    /**
     * What versions the brokers run.
     *
     * @param transactionVersion the transaction protocol that is in force; 0 = the one without a level
     * @param newestMetadata the newest version of the metadata that a broker knows, which tells its release
     */
    record Features(int transactionVersion, int newestMetadata) {}

    /**
     * A topic.
     *
     * @param name its whole name
     * @param topic what it is in the catalogue; empty for changelogs
     * @param partitions its partitions in order
     * @param settings its settings
     * @param bytes how large the largest copy of each partition is, all in all
     */
    record FoundTopic(
            String name,
            Optional<Topic> topic,
            List<FoundPartition> partitions,
            Map<String, String> settings,
            long bytes) {
        int leastReplicas() {
            return partitions.stream().mapToInt(FoundPartition::replicas).min().orElse(0);
        }

        /** A setting that is a number, as all are that have a number for a default. */
        long number(String setting) {
            return Long.parseLong(settings.getOrDefault(setting, "-1"));
        }
    }

    /** A partition: how many replicas it has, how many of them are in sync, and whether it has a leader. */
    record FoundPartition(int replicas, int inSync, boolean led) {}

    /** The schedulers' group; a member is a stream thread of an instance. */
    record Group(String state, List<Member> members) {
        List<String> instances() {
            return members.stream().map(Member::instance).distinct().sorted().toList();
        }
    }

    /** A stream thread: of which instance, and on which host. */
    record Member(String instance, String host) {}

    /**
     * How far a partition of an inbound topic is taken.
     *
     * @param before what {@code committed} was a while earlier, before ticks were looked at
     * @param committed the offset up to which inputs are taken; empty if nobody ever took any
     * @param stableEnd the end of what is committed
     * @param begin the oldest offset that is kept
     */
    record Progress(
            String topic, int partition, OptionalLong before, OptionalLong committed, long begin, long stableEnd) {
        /** Whether inputs were taken meanwhile. */
        boolean moves() {
            return !committed.equals(before);
        }

        long lag() {
            return Math.max(0, stableEnd - Math.max(begin, committed.orElse(begin)));
        }
    }

    /**
     * The ticks of a partition.
     *
     * @param leader the broker that stamps them
     * @param interval how often they come
     * @param first the newest tick when it was first asked for, by the broker's clock; empty if there is none
     * @param newest the newest one a while later
     * @param before this machine's time just before the newest was asked for
     * @param after this machine's time just after it was
     */
    record Ticks(
            int partition,
            int leader,
            Duration interval,
            Optional<Instant> first,
            Optional<Instant> newest,
            Instant before,
            Instant after) {
        boolean moves() {
            return !newest.equals(first);
        }
    }

    /** A transaction that is open on a partition: whose, from which offset on, and when it was last written to. */
    record OpenTransaction(String topic, int partition, long producerId, long startOffset, Instant lastWrite) {}

    /** By how much an agent's clock goes before the brokers'; negative if after. What a record takes on its way counts as after. */
    record AgentClock(String agent, Duration ahead) {}

    /**
     * A partition's newest snapshot.
     *
     * @param file its name
     * @param wall of when it is, by the partition's clock
     * @param fitness whether a replay can begin with it
     */
    record Snapshot(int partition, String file, Instant wall, Fitness fitness) {}

    /** Whether a replay can begin with a snapshot. */
    enum Fitness {
        FIT,
        /** The journal does not go on from it. */
        FOREIGN,
        DAMAGED
    }
}
