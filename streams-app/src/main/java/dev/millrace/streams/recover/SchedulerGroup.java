package dev.millrace.streams.recover;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** The consumer group of a cluster's schedulers: that nobody is in it, and where it is to read on. */
final class SchedulerGroup {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    /** Members that were killed, or closed and mean to come back, stay for the length of their session. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Admin admin;
    private final Topics topics;

    SchedulerGroup(Admin admin, Topics topics) {
        this.admin = admin;
        this.topics = topics;
    }

    /**
     * Returns when the group has no members.
     *
     * @throws RecoveryException if it still has some after a while: schedulers run
     */
    void awaitEmpty() throws InterruptedException {
        long begunNanos = System.nanoTime();
        List<String> members = members();
        while (!members.isEmpty()) {
            if (System.nanoTime() - begunNanos > PATIENCE.toNanos()) {
                throw new RecoveryException("the scheduler still runs: " + String.join(", ", members) + " in the group "
                        + topics.applicationId() + "; stop all its instances first");
            }
            TimeUnit.SECONDS.sleep(1);
            members = members();
        }
    }

    private List<String> members() {
        String group = topics.applicationId();
        try {
            KafkaFuture<ConsumerGroupDescription> answer =
                    Objects.requireNonNull(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group));
            return get(answer).members().stream()
                    .map(member -> member.groupInstanceId().orElse(member.consumerId()) + " at " + member.host())
                    .toList();
        } catch (RecoveryException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return List.of();
            }
            throw e;
        }
    }

    /** Sees to it that the group reads on after the inputs of a partition that were taken. */
    void readOnAfter(int partition, Map<Topic, Long> taken) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (Topic topic : Topic.inbound()) {
            Long offset = taken.get(topic);
            offsets.put(
                    new TopicPartition(topics.name(topic), partition),
                    new OffsetAndMetadata(offset == null ? 0 : offset + 1));
        }
        get(admin.alterConsumerGroupOffsets(topics.applicationId(), offsets).all());
    }

    static <T> T get(Future<T> answer) {
        try {
            return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new RecoveryException("the broker refuses: " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new RecoveryException("the broker does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RecoveryException("interrupted while waiting for the broker", e);
        }
    }
}
