package dev.millrace.streams.recover;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.TopicCheck;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** The consumer group of a cluster's schedulers: that nobody is in it, and what is noted beside its offsets. */
public final class SchedulerGroup {
    static final Duration TIMEOUT = Duration.ofSeconds(60);
    /** Members that were killed, or closed and mean to come back, stay for the length of their session. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Admin admin;
    private final Topics topics;

    public SchedulerGroup(Admin admin, Topics topics) {
        this.admin = admin;
        this.topics = topics;
    }

    /**
     * Returns when the group has no members.
     *
     * @throws RecoveryException if it still has some after a while: schedulers run
     */
    public void awaitEmpty() throws InterruptedException {
        long begunNanos = System.nanoTime();
        List<String> members = members();
        while (!members.isEmpty()) {
            if (System.nanoTime() - begunNanos > PATIENCE.toNanos()) {
                throw new RecoveryException(
                        "the scheduler still runs after " + PATIENCE.toSeconds() + " s: " + String.join(", ", members)
                                + " in the group " + topics.applicationId() + "; stop all its instances first");
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

    /**
     * Sees to it that nobody is in the group at this moment.
     *
     * @throws RecoveryException if somebody is
     */
    void requireEmpty() {
        List<String> members = members();
        if (!members.isEmpty()) {
            throw new RecoveryException("a scheduler was started meanwhile: " + String.join(", ", members)
                    + "; stop all instances, and begin anew with --rebuild");
        }
    }

    /** Aborts what schedulers that were killed or that sleep have left open, so that nothing of theirs comes after what is written here. */
    void fence() {
        String prefix = topics.applicationId() + "-";
        List<String> left = get(admin.listTransactions().all()).stream()
                .map(TransactionListing::transactionalId)
                .filter(id -> id.startsWith(prefix))
                .toList();
        if (!left.isEmpty()) {
            get(admin.fenceProducers(left).all());
        }
    }

    /** The partitions of which a recovery was begun and has not ended. */
    Set<Integer> recovering() {
        Set<Integer> recovering = new HashSet<>();
        offsets().forEach((partition, offset) -> {
            if (offset != null && TopicCheck.RECOVERING.equals(offset.metadata())) {
                recovering.add(partition.partition());
            }
        });
        return recovering;
    }

    /** Notes that partitions are being recovered: until their offsets are committed with what is stored, no scheduler begins. */
    void markRecovering(List<Integer> partitions) {
        Map<TopicPartition, OffsetAndMetadata> there = offsets();
        Map<TopicPartition, OffsetAndMetadata> marked = new HashMap<>();
        for (int partition : partitions) {
            for (Topic topic : Topic.inbound()) {
                TopicPartition of = new TopicPartition(topics.name(topic), partition);
                OffsetAndMetadata offset = there.get(of);
                marked.put(of, new OffsetAndMetadata(offset == null ? 0 : offset.offset(), TopicCheck.RECOVERING));
            }
        }
        get(admin.alterConsumerGroupOffsets(topics.applicationId(), marked).all());
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets() {
        return get(admin.listConsumerGroupOffsets(topics.applicationId()).partitionsToOffsetAndMetadata());
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
