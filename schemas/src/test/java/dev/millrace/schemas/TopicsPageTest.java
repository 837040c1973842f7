package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keeps {@code docs/topics.md} as the catalogue has it. */
class TopicsPageTest {
    private static final Path PAGE = Path.of("../docs/topics.md");

    @Test
    void thePageIsFresh() throws IOException {
        if (Boolean.getBoolean("millrace.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page());
        }

        assertThat(PAGE)
                .as("write the page with: mvn -pl schemas test -Dmillrace.docs.write=true")
                .hasContent(page());
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Topics

                <!-- Made from dev.millrace.schemas.Topic; do not edit. Write it anew with:
                     mvn -pl schemas test -Dmillrace.docs.write=true -->

                Each name has the cluster's prefix before it, `millrace.` if nothing else was chosen. P is the number of partitions that the
                cluster was created with; it never changes. `millrace topics create` makes the topics, and `millrace topics check` compares
                them with this page.

                | topic | what it carries | records | key | partition | partitions | kept |
                |---|---|---|---|---|---|---|
                """);
        for (Topic topic : Topic.values()) {
            page.append("| `").append(topic.topicName()).append("` | ").append(topic.about());
            page.append(" | ").append(records(topic));
            page.append(" | ").append(key(topic));
            page.append(" | ").append(partition(topic));
            page.append(" | ").append(partitions(topic));
            page.append(" | ").append(kept(topic)).append(" |\n");
        }
        page.append("""

                ## Values

                A value is one record in Avro's single-object encoding: the bytes C3 01, eight bytes of the CRC-64-AVRO fingerprint of the
                writer's schema (lowest byte first), the datum. The fingerprint names the record's type, so a topic can carry several types and
                their order is kept. `millrace schemas export DIR` writes the schemas as files, with the ten bytes that each record begins with.
                On `schemas` the key is a fingerprint's eight bytes in hex, in the order in which they stand in a record, and the value is the
                schema's JSON text; a reader computes the fingerprint anew before it trusts the schema.

                A record may have so many bytes:

                | topic | largest record |
                |---|---|
                """);
        for (Topic topic : Topic.inbound()) {
            page.append("| `")
                    .append(topic.topicName())
                    .append("` | ")
                    .append(topic.maxRecordBytes())
                    .append(" |\n");
        }
        page.append("""

                ## Settings

                """);
        for (Topic topic : Topic.values()) {
            page.append("- `").append(topic.topicName()).append("`: ");
            page.append(topic.settings().entrySet().stream()
                    .map(setting -> "`" + setting.getKey() + "=" + setting.getValue() + "`")
                    .collect(Collectors.joining(", ")));
            page.append('\n');
        }
        page.append("""

                ## Changelogs of the scheduler's stores

                Kafka Streams makes these itself. They are compacted, keyed as below, and hold the state that the read model shows.
                That a record was deleted is kept for %d minutes: whoever reads on after a longer pause begins anew.

                | changelog | records | key |
                |---|---|---|
                """.formatted(Store.DELETIONS_KEPT.toMinutes()));
        Topics topics = new Topics("");
        for (Store store : Store.values()) {
            page.append("| `")
                    .append(topics.changelog(store))
                    .append("` | ")
                    .append(store.type().getSimpleName());
            page.append(" | ").append(key(store)).append(" |\n");
        }
        return page.toString();
    }

    private static String records(Topic topic) {
        if (topic == Topic.SCHEMAS) {
            return "schemas as JSON text";
        }
        return topic.types().isEmpty()
                ? "–"
                : topic.types().stream().map(Class::getSimpleName).collect(Collectors.joining(", "));
    }

    private static String key(Topic topic) {
        return switch (topic.key()) {
            case POOL -> "pool";
            case TASK -> "task id";
            case AGENT -> "agent id";
            case ENTITY -> "what it is about";
            case FINGERPRINT -> "fingerprint in hex";
        };
    }

    private static String partition(Topic topic) {
        return switch (topic.partitioning()) {
            case POOL -> "murmur2(pool) mod P";
            case KEY -> "murmur2(key) mod P";
            case AGENT -> "the one that the agent announced";
            case SINGLE -> "0";
        };
    }

    private static String partitions(Topic topic) {
        return switch (topic.partitioning()) {
            case POOL, KEY -> "P";
            case AGENT -> topic.partitions(1) + " P";
            case SINGLE -> "1";
        };
    }

    private static String kept(Topic topic) {
        return switch (topic.retention().cleanup()) {
            case DELETE -> topic.retention().time().toDays() + " d";
            case COMPACT -> "the newest of each key";
        };
    }

    private static String key(Store store) {
        return switch (store) {
            case CLOCK -> "`clock`";
            case PARTITION -> "`partition`";
            case POOLS, COUNTERS, MIX -> "pool";
            case AGENTS -> "pool/agent";
            case REQUESTS, TASKS -> "pool/task";
            case ROLES -> "pool/role";
            case GANGS -> "pool/group";
            case FRAMEWORKS -> "pool/framework";
            case OFFERS -> "pool/offer";
            case FILTERS -> "pool/framework/agent/role";
            case EXECUTORS -> "pool/framework/agent/executor";
            case CLASSES -> "pool/class";
        };
    }
}
