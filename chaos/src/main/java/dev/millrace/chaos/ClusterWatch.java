package dev.millrace.chaos;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.RecordReader;
import dev.millrace.client.Start;
import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows statuses and decisions while a run lasts, by which the run knows how far the cluster is. A thread of its own reads; any may ask.
 */
final class ClusterWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);
    private static final Duration POLL = Duration.ofMillis(200);

    private final RecordReader reader;
    private final Thread thread;
    private final Map<String, List<TaskStatus>> statuses = new HashMap<>();
    private final Set<String> ended = new HashSet<>();
    private final Map<String, AgentState> agents = new HashMap<>();
    private final Map<String, Integer> registrations = new HashMap<>();
    private long lossesOfAgents;
    private volatile boolean closed;

    ClusterWatch(ClusterConfig config) {
        reader = new RecordReader(
                config,
                List.of(Topic.TASK_STATUS, Topic.DECISIONS),
                count -> IntStream.range(0, count).boxed().toList(),
                Start.beginning());
        thread = new Thread(this::follow, "watch");
        thread.start();
    }

    /** How many statuses of a pool's tasks there have been. */
    synchronized int statusesOf(String pool) {
        return statuses.getOrDefault(pool, List.of()).size();
    }

    /** The statuses so far, pool by pool. */
    synchronized Map<String, List<TaskStatus>> statuses() {
        Map<String, List<TaskStatus>> copy = new HashMap<>();
        statuses.forEach((pool, list) -> copy.put(pool, List.copyOf(list)));
        return copy;
    }

    synchronized boolean hasEnded(String task) {
        return ended.contains(task);
    }

    synchronized int ended() {
        return ended.size();
    }

    /** How many agents are active. */
    synchronized int activeAgents() {
        return (int)
                agents.values().stream().filter(AgentState.AGENT_ACTIVE::equals).count();
    }

    /** How many times each agent has registered. */
    synchronized Map<String, Integer> registrations() {
        return Map.copyOf(registrations);
    }

    /** How many times an agent became anything but active. */
    synchronized long lossesOfAgents() {
        return lossesOfAgents;
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        reader.wakeUp();
        thread.join();
    }

    private void follow() {
        try (reader) {
            while (!closed) {
                try {
                    reader.poll(POLL, this::take);
                } catch (KafkaException e) {
                    LOG.info("the watch will try again: {}", e.toString());
                }
            }
        }
    }

    private synchronized void take(SpecificRecord record) {
        if (record instanceof TaskStatus status) {
            statuses.computeIfAbsent(status.getPool(), pool -> new ArrayList<>())
                    .add(status);
            if (status.getTaskEnded()) {
                ended.add(status.getTaskId());
            }
        } else if (record instanceof AgentChanged changed) {
            agents.put(changed.getAgentId(), changed.getState());
            if (changed.getState() == AgentState.AGENT_ACTIVE) {
                registrations.merge(changed.getAgentId(), 1, Integer::sum);
            } else {
                lossesOfAgents++;
            }
        }
    }
}
