package dev.millrace.bench.recovery;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.NewTopics;
import dev.millrace.schemas.Store;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.engine.Stored;
import dev.millrace.streams.topology.SchedulerTopology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes what steps change to the changelogs of a cluster's only partition, as Kafka Streams does: each change as it comes, but for those
 * of cached stores, of which the last one is written at each commit. Mutable; owned by one thread.
 */
final class ChangelogWriter implements DrivenPartition.Recorder, AutoCloseable {
    /** About what comes in a commit interval on a busy partition. */
    private static final int INPUTS_PER_COMMIT = 200;

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final ClusterConfig cluster;
    private final Producer<byte[], byte[]> producer;
    private final Map<Store, Stored> cached = new HashMap<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private int inputs;

    /** Makes the changelogs. */
    ChangelogWriter(ClusterConfig cluster) throws InterruptedException {
        this.cluster = cluster;
        List<NewTopic> changelogs = new ArrayList<>();
        for (Store store : Store.values()) {
            changelogs.add(new NewTopic(cluster.topics().changelog(store), 1, (short) 1)
                    .configs(SchedulerTopology.changelogConfig(1)));
        }
        try (Admin admin = Admin.create(cluster.adminProperties())) {
            admin.createTopics(changelogs).all().get();
            NewTopics.awaitServed(admin, changelogs.stream().map(NewTopic::name).toList(), TIMEOUT);
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot make the changelogs", e.getCause());
        }
        producer = new KafkaProducer<>(cluster.producerProperties());
    }

    @Override
    public void took(RawRecord input, Step step) {
        for (Stored change : step.changes()) {
            if (change.store().cached()) {
                // Each of these stores has one record, as there is one pool.
                cached.put(change.store(), change);
            } else {
                write(change);
            }
        }
        if (++inputs % INPUTS_PER_COMMIT == 0) {
            commit();
        }
    }

    /** Writes all that is still to be written, and waits for the broker to have it. */
    void flush() {
        commit();
        producer.flush();
        Exception thrown = failure.get();
        if (thrown != null) {
            throw new IllegalStateException("the changelogs cannot be written", thrown);
        }
    }

    private void commit() {
        cached.values().forEach(this::write);
        cached.clear();
    }

    private void write(Stored change) {
        byte @Nullable [] value = change.value();
        Future<?> unused = producer.send(
                new ProducerRecord<>(cluster.topics().changelog(change.store()), 0, change.key(), value),
                (metadata, thrown) -> {
                    if (thrown != null) {
                        failure.compareAndSet(null, thrown);
                    }
                });
    }

    @Override
    public void close() {
        producer.close();
    }
}
