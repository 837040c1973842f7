package dev.millrace.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an {@link EmbeddedBroker} is started with.
 *
 * @param dataDir where the broker keeps everything; made if it does not exist, taken up again if it does
 * @param port the port that clients connect to, or 0 for any free one
 * @param tuned whether {@link #tuning()} applies; without it the broker runs on Kafka's own defaults
 * @param quorum which one of several brokers it is; empty = it is alone
 * @param extraListeners ports beside that one
 * @param overrides broker properties by name that win over all others, sorted
 */
public record BrokerSettings(
        Path dataDir,
        int port,
        boolean tuned,
        Optional<QuorumNode> quorum,
        List<ExtraListener> extraListeners,
        SortedMap<String, String> overrides) {

    public BrokerSettings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is between 1 and 65535, or 0 for any free one, not " + port);
        }
        extraListeners = List.copyOf(extraListeners);
        overrides = Collections.unmodifiableSortedMap(new TreeMap<>(overrides));
    }

    /** A tuned broker on any free port. */
    public static BrokerSettings in(Path dataDir) {
        return new BrokerSettings(dataDir, 0, true, Optional.empty(), List.of(), Collections.emptySortedMap());
    }

    /** The same on this port; 0 for any free one. */
    public BrokerSettings withPort(int newPort) {
        return new BrokerSettings(dataDir, newPort, tuned, quorum, extraListeners, overrides);
    }

    /** The same on Kafka's own defaults, as a cluster that nobody prepared for Millrace would have. */
    public BrokerSettings stock() {
        return new BrokerSettings(dataDir, port, false, quorum, extraListeners, overrides);
    }

    /** The same with one broker property set, whatever it would be otherwise. */
    public BrokerSettings with(String property, String value) {
        SortedMap<String, String> changed = new TreeMap<>(overrides);
        changed.put(property, value);
        return new BrokerSettings(dataDir, port, tuned, quorum, extraListeners, changed);
    }

    /** The same as one of several brokers, each of which keeps all records. */
    public BrokerSettings in(QuorumNode node) {
        return new BrokerSettings(dataDir, port, tuned, Optional.of(node), extraListeners, overrides);
    }

    /** The same with one more port. */
    public BrokerSettings with(ExtraListener listener) {
        List<ExtraListener> more = new ArrayList<>(extraListeners);
        more.add(listener);
        return new BrokerSettings(dataDir, port, tuned, quorum, more, overrides);
    }

    /**
     * The broker properties that make a fail-over short. Everything is correct without them; it then only takes longer until a
     * dead client's transaction and group membership are given up.
     */
    public static SortedMap<String, String> tuning() {
        return new TreeMap<>(Map.of(
                // A dead transaction holds back every read_committed reader until it is aborted.
                "transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000",
                // Nobody else will come: a local group has its members at once.
                "group.initial.rebalance.delay.ms", "0",
                // A broker that was killed is let back in only after its old session has ended, also one that is alone.
                // One that stalls for longer is fenced, and let in again with its next heartbeat.
                "broker.session.timeout.ms", "2000",
                "broker.heartbeat.interval.ms", "500",
                // Lets a scheduler ask for a session short enough to be replaced within seconds.
                "group.min.session.timeout.ms", "1000"));
    }

    /** The broker properties that one broker alone needs: nobody is there to replicate to. */
    static SortedMap<String, String> singleNode() {
        return new TreeMap<>(Map.of(
                "offsets.topic.replication.factor", "1",
                "transaction.state.log.replication.factor", "1",
                "transaction.state.log.min.isr", "1",
                "share.coordinator.state.topic.replication.factor", "1",
                "share.coordinator.state.topic.min.isr", "1",
                "default.replication.factor", "1",
                "min.insync.replicas", "1",
                // A topic with a mistyped name must not come into being.
                "auto.create.topics.enable", "false"));
    }

    /** The broker properties that keep one broker for one machine small: it starts and restarts faster, on less memory. */
    static SortedMap<String, String> small() {
        return new TreeMap<>(Map.of(
                "offsets.topic.num.partitions", "4",
                "transaction.state.log.num.partitions", "4",
                "share.coordinator.state.topic.num.partitions", "1",
                "num.network.threads", "2",
                "num.io.threads", "4",
                "background.threads", "2",
                // The cleaner takes this much heap at start; 16 MiB hold the keys of some 600,000 records.
                "log.cleaner.dedupe.buffer.size", "16777216"));
    }

    /** All broker properties that do not depend on where the broker runs. */
    SortedMap<String, String> serverProperties() {
        SortedMap<String, String> properties = quorum.isPresent() ? QuorumNode.replication() : singleNode();
        if (tuned) {
            properties.putAll(small());
            properties.putAll(tuning());
        }
        properties.putAll(overrides);
        return properties;
    }
}
