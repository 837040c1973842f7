package dev.millrace.bench.recovery;

import dev.millrace.bench.StoppableBench;
import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.InboundTopics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;

/**
 * Measures how fast a scheduler reads its state back from the changelogs, and whether it matters how much has happened before. The
 * changelogs are written by a scheduler's engine that is driven without Kafka; broker and schedulers are processes of their own.
 */
public final class RestoreBench implements StoppableBench<List<RestoreResult>> {
    /** While the broker compacts, now and then a task comes and goes, as segments are closed only when something is written. */
    private static final long TRICKLE_MS = 1_000;

    private static final int PORTION = 1_000_000;

    private final Path directory;
    private final Topics topics;
    private final RestoreSettings settings;
    private final Consumer<String> progress;
    private final LoneBroker broker;
    private int started;

    /**
     * Starts the broker.
     *
     * @param directory an empty directory for all files
     * @param progress is told from time to time, in words, how far it is
     */
    public RestoreBench(Path directory, Topics topics, RestoreSettings settings, Consumer<String> progress)
            throws IOException, InterruptedException {
        this.directory = directory;
        this.topics = topics;
        this.settings = settings;
        this.progress = progress;
        broker = LoneBroker.start(directory, topics, 1);
    }

    @Override
    public List<RestoreResult> run() throws IOException, InterruptedException {
        List<RestoreResult> results = new ArrayList<>();
        try (ChangelogWriter changelogs = new ChangelogWriter(broker.cluster())) {
            DrivenPartition partition = new DrivenPartition(inboundTopics(), System.currentTimeMillis(), changelogs);
            partition.submitWaiting(settings.tasks());
            changelogs.flush();
            progress.accept(settings.tasks() + " tasks wait");
            results.add(measure("before any other task", 0));
            if (settings.lifecycles() > 0) {
                for (int done = 0; done < settings.lifecycles(); done += PORTION) {
                    partition.runLifecycles(Math.min(PORTION, settings.lifecycles() - done));
                    progress.accept(Math.min(settings.lifecycles(), done + PORTION) + " others have come and gone");
                }
                changelogs.flush();
                results.add(measure("right after them", settings.lifecycles()));
                settle(partition, changelogs);
                results.add(measure("after the time to settle", settings.lifecycles()));
            }
        }
        return results;
    }

    private void settle(DrivenPartition partition, ChangelogWriter changelogs) throws InterruptedException {
        long beganNs = System.nanoTime();
        while (System.nanoTime() - beganNs < settings.settle().toNanos()) {
            partition.runLifecycles(1);
            changelogs.flush();
            TimeUnit.MILLISECONDS.sleep(TRICKLE_MS);
        }
    }

    private RestoreResult measure(String what, int lifecycles) throws IOException, InterruptedException {
        List<Long> tookMs = new ArrayList<>();
        List<Long> processorMs = new ArrayList<>();
        long read = 0;
        long stored = 0;
        for (int round = 0; round < settings.rounds(); round++) {
            Path stateDir = directory.resolve("scheduler-" + started++);
            RestoreProgram.Run done = RestoreProgram.run(broker.bootstrapServers(), topics, stateDir);
            read = done.restoration().read();
            stored = done.restoration().stored();
            tookMs.add(done.restoration().took().toMillis());
            processorMs.add(done.processorMs());
        }
        RestoreResult result = new RestoreResult(what, lifecycles, read, stored, tookMs, processorMs);
        progress.accept(what + ": " + read + " records in " + tookMs + " ms, processor time " + processorMs + " ms");
        return result;
    }

    /** The topics as they are on the broker, for a scheduler stops at the ids of others. */
    private InboundTopics inboundTopics() throws InterruptedException {
        ClusterConfig cluster = broker.cluster();
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        try (Admin admin = Admin.create(cluster.adminProperties())) {
            for (TopicDescription found : admin.describeTopics(
                            Topic.inbound().stream().map(topics::name).toList())
                    .allTopicNames()
                    .get()
                    .values()) {
                for (Topic topic : Topic.inbound()) {
                    if (topics.name(topic).equals(found.name())) {
                        ids.put(topic, found.topicId().toString());
                    }
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot look at the topics", e.getCause());
        }
        return new InboundTopics(1, ids, Set.of());
    }

    @Override
    public void close() {
        broker.close();
    }
}
