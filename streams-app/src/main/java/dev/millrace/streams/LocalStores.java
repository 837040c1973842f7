package dev.millrace.streams;

import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whether the one store that is kept on disk belongs to the changelog that there is now. If that was deleted and made anew, by a recovery
 * for instance, Kafka Streams would go on reading it where the old one ended, and take what is on the disk for what it holds. The changelog's id
 * is kept in the state directory. Immutable.
 */
final class LocalStores {
    private static final String FILE = "changelog-id";

    private static final Logger LOG = LoggerFactory.getLogger(LocalStores.class);

    private final Admin admin;
    private final String changelog;
    private final Path file;
    private final Path stores;

    LocalStores(Admin admin, Topics topics, Path stateDir) {
        this.admin = admin;
        changelog = topics.changelog(Store.PARTITION);
        file = stateDir.resolve(FILE);
        stores = StreamsSettings.streamsDir(stateDir).resolve(topics.applicationId());
    }

    /**
     * True if there is something on the disk of which it is not known that it is of the changelog that there is now.
     *
     * @throws SchedulerException if the broker can't be asked
     */
    boolean areStale() throws IOException {
        if (!Files.exists(stores)) {
            return false;
        }
        Optional<String> now = changelogId();
        return now.isEmpty() || !now.equals(noted());
    }

    /** Notes whose the stores on the disk are, in a while; called when they are in use. */
    void note() {
        KafkaFuture<Map<String, TopicDescription>> unused = ask().whenComplete((found, failure) -> {
            if (failure == null) {
                note(id(found));
            } else {
                cannotNote(failure);
            }
        });
    }

    private void note(String id) {
        try {
            if (!Optional.of(id).equals(noted())) {
                Files.writeString(file, id + "\n");
            }
        } catch (IOException e) {
            cannotNote(e);
        }
    }

    private static void cannotNote(Throwable why) {
        LOG.warn(
                "cannot note whose the stores on the disk are, so the next start will read them anew: {}",
                String.valueOf(why));
    }

    private Optional<String> noted() throws IOException {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private KafkaFuture<Map<String, TopicDescription>> ask() {
        return admin.describeTopics(List.of(changelog)).allTopicNames();
    }

    private String id(Map<String, TopicDescription> found) {
        return Objects.requireNonNull(found.get(changelog)).topicId().toString();
    }

    private Optional<String> changelogId() {
        try {
            return Optional.of(id(ask().get()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw new SchedulerException("cannot ask for " + changelog + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException("interrupted while asking for " + changelog, e);
        }
    }
}
