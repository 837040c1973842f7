package dev.millrace.local;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which one of several brokers a broker is. All of them are controllers too, and each is told the same but for its id.
 *
 * @param id the node's id; one of those that have a controller
 * @param clusterId the cluster's id, as {@code Uuid.randomUuid()} of Kafka draws it
 * @param controllerPorts the port of each node's controller on this machine, by the node's id
 */
public record QuorumNode(int id, String clusterId, SortedMap<Integer, Integer> controllerPorts) {

    public QuorumNode {
        controllerPorts = Collections.unmodifiableSortedMap(new TreeMap<>(controllerPorts));
        if (!controllerPorts.containsKey(id)) {
            throw new IllegalArgumentException("node " + id + " is none of " + controllerPorts.keySet());
        }
    }

    /** The port of its own controller. */
    int controllerPort() {
        return Objects.requireNonNull(controllerPorts.get(id));
    }

    /** Kafka's list of the quorum's voters. */
    String voters(String host) {
        return controllerPorts.entrySet().stream()
                .map(node -> node.getKey() + "@" + host + ":" + node.getValue())
                .collect(Collectors.joining(","));
    }

    /** The broker properties by which whatever is acknowledged survives the loss of any one of three nodes, with which work goes on. */
    static SortedMap<String, String> replication() {
        return new TreeMap<>(Map.of(
                "offsets.topic.replication.factor", "3",
                "transaction.state.log.replication.factor", "3",
                "transaction.state.log.min.isr", "2",
                "share.coordinator.state.topic.replication.factor", "3",
                "share.coordinator.state.topic.min.isr", "2",
                "default.replication.factor", "3",
                "min.insync.replicas", "2",
                // A topic with a mistyped name must not come into being.
                "auto.create.topics.enable", "false"));
    }
}
