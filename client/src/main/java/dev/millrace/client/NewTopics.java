package dev.millrace.client;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;

/** What has to be waited for between making topics and writing to them. Any thread may use it. */
public final class NewTopics {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private NewTopics() {}

    /**
     * Waits until the leader of each partition serves it. That topics were made says no more than that the controller has noted it, and not even
     * that a leader is named is enough: brokers make the partitions' files after that. A producer with several requests under way to a
     * partition that is not served yet can lose the first of them for good: the first is refused, a later one is taken, and the first one, which
     * is then out of order, is refused until its time is over, two minutes later (KAFKA-15591).
     *
     * @param topics their whole names
     * @throws ClusterException if they are not served in time
     */
    public static void awaitServed(Admin admin, Collection<String> topics, Duration timeout) {
        long beganNs = System.nanoTime();
        while (true) {
            try {
                requireServed(admin, topics, timeout);
                return;
            } catch (ClusterException e) {
                boolean over = System.nanoTime() - beganNs > timeout.toNanos();
                if (over || !(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
            }
            pause();
        }
    }

    /** Asks each partition's leader for an offset, which it gives only if it serves the partition. */
    private static void requireServed(Admin admin, Collection<String> topics, Duration timeout) {
        String failure = "the new topics are not served";
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        ClusterException.await(admin.describeTopics(topics).allTopicNames(), timeout, failure)
                .forEach((topic, description) -> {
                    for (TopicPartitionInfo partition : description.partitions()) {
                        ends.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest());
                    }
                });
        ClusterException.await(admin.listOffsets(ends).all(), timeout, failure);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
