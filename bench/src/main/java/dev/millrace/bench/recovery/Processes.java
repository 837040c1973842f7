package dev.millrace.bench.recovery;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;

/** The broker and the schedulers of a measurement, each a process of its own. Thread-safe. */
final class Processes implements AutoCloseable {
    private static final int PARTITIONS = 4;

    private final Path directory;
    private final FailoverSettings settings;
    private final Topics topics;
    private final LoneBroker broker;
    private final Map<String, ChildProcess> schedulers = new HashMap<>();

    /** Starts the broker, with its files in that directory. */
    Processes(Path directory, FailoverSettings settings, Topics topics) throws IOException, InterruptedException {
        this.directory = directory;
        this.settings = settings;
        this.topics = topics;
        broker = LoneBroker.start(directory, topics, PARTITIONS);
    }

    LoneBroker broker() {
        return broker;
    }

    /** Starts the scheduler of that name, for the first time or anew in its state directory. */
    synchronized void startScheduler(String name) throws IOException {
        List<String> command = ChildProcess.java(
                settings.mainClass(),
                "scheduler",
                "--bootstrap-server",
                broker.bootstrapServers(),
                "--prefix",
                topics.prefix(),
                "--state-dir",
                directory.resolve(name).toString(),
                "--instance-id",
                name);
        command.addAll(settings.schedulerOptions());
        schedulers.put(name, ChildProcess.start(command, directory.resolve(name + ".out")));
    }

    /** The processor time of its process, from its start on. */
    synchronized long processorMs(String name) {
        return Objects.requireNonNull(schedulers.get(name), name).processorMs();
    }

    /** SIGKILL. */
    synchronized void killScheduler(String name) {
        Objects.requireNonNull(schedulers.remove(name), name).close();
    }

    /** The name of the scheduler that decides for a pool; empty if none does at the moment. */
    Optional<String> decidesFor(String pool) throws InterruptedException {
        TopicPartition requests =
                new TopicPartition(topics.name(Topic.TASK_REQUESTS), Topics.partition(pool, PARTITIONS));
        String group = topics.applicationId();
        try (Admin admin = Admin.create(broker.cluster().adminProperties())) {
            return admin.describeConsumerGroups(List.of(group)).all().get().values().stream()
                    .flatMap(description -> description.members().stream())
                    .filter(member -> member.assignment().topicPartitions().contains(requests))
                    .findFirst()
                    .flatMap(MemberDescription::groupInstanceId)
                    // Kafka Streams puts the number of the thread behind the name.
                    .map(id -> id.substring(0, id.lastIndexOf('-')));
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot ask who is in the group " + group, e.getCause());
        }
    }

    @Override
    public synchronized void close() {
        schedulers.values().forEach(ChildProcess::close);
        schedulers.clear();
        broker.close();
    }
}
