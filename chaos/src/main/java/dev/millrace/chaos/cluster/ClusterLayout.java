package dev.millrace.chaos.cluster;

import dev.millrace.chaos.check.Size;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a cluster is made of.
 *
 * @param brokers how many brokers; of more than two each keeps all records
 * @param schedulers how many scheduler instances
 * @param agents the agents
 * @param smallDisks the daemons whose directories are on disks that can be filled, where this process may mount such, and the disks' MiB
 * @param clocks the daemons whose clocks are wrong all the time, and by how much
 */
public record ClusterLayout(
        int brokers,
        int schedulers,
        List<AgentSpec> agents,
        Map<String, Integer> smallDisks,
        Map<String, Duration> clocks) {
    /** So that two schedulers each have something to decide. */
    public static final int PARTITIONS = 2;

    private static final Size AGENT_SIZE = new Size(2_000, 1_024);

    public ClusterLayout {
        agents = List.copyOf(agents);
        smallDisks = Map.copyOf(smallDisks);
        clocks = Map.copyOf(clocks);
    }

    /**
     * An agent.
     *
     * @param id its id
     * @param pool its pool
     * @param size what it offers
     */
    public record AgentSpec(String id, String pool, Size size) {}

    /** One broker, two schedulers, and three agents in two pools on different partitions. */
    public static ClusterLayout usual() {
        return new ClusterLayout(
                1,
                2,
                List.of(
                        new AgentSpec("a1", pool(0), AGENT_SIZE),
                        new AgentSpec("a2", pool(0), AGENT_SIZE),
                        new AgentSpec("a3", pool(1), AGENT_SIZE)),
                // Nearly empty, a broker of this many partitions needs some 30 MiB.
                Map.of("a2", 8, "scheduler-2", 32, "broker-1", 256),
                Map.of("a1", Duration.ofMinutes(-10), "scheduler-1", Duration.ofMinutes(10)));
    }

    /** Three brokers that keep all records, one scheduler, and an agent in each of two pools. */
    public static ClusterLayout replicated() {
        return new ClusterLayout(
                3,
                1,
                List.of(new AgentSpec("a1", pool(0), AGENT_SIZE), new AgentSpec("a2", pool(1), AGENT_SIZE)),
                Map.of(),
                Map.of());
    }

    /** The pools that the agents are in. */
    public List<String> pools() {
        return agents.stream().map(AgentSpec::pool).distinct().toList();
    }

    /** What each agent has. */
    public Map<String, Size> sizes() {
        return agents.stream().collect(Collectors.toMap(AgentSpec::id, AgentSpec::size));
    }

    /** The name of a pool that lies in that partition. */
    private static String pool(int partition) {
        return IntStream.iterate(1, i -> i + 1)
                .mapToObj(i -> "pool-" + i)
                .filter(name -> Topics.partition(name, PARTITIONS) == partition)
                .findFirst()
                .orElseThrow();
    }
}
