package dev.millrace.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.Utils;

/**
 * The names that one cluster's topics have on the broker.
 *
 * @param prefix what stands before each topic's name, such as {@code millrace.}; 0 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-'
 */
public record Topics(String prefix) {
    public static final String DEFAULT_PREFIX = "millrace.";

    private static final Pattern LEGAL_PREFIX = Pattern.compile("[A-Za-z0-9._-]{0,64}");

    public Topics {
        if (!LEGAL_PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "topic prefix '" + prefix + "' may have up to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
        }
    }

    /** The topic's whole name on the broker. */
    public String name(Topic topic) {
        return prefix + topic.topicName();
    }

    /** The catalogue's topic of that whole name; empty if it is none of this cluster's. */
    public Optional<Topic> topic(String name) {
        return Arrays.stream(Topic.values()).filter(t -> name(t).equals(name)).findFirst();
    }

    /** The Kafka Streams application id of this cluster's scheduler, which its group, changelogs and transactions are named after. */
    public String applicationId() {
        return prefix + "scheduler";
    }

    /** The whole name of a store's changelog. */
    public String changelog(Store store) {
        return applicationId() + "-" + store.storeName() + "-changelog";
    }

    /**
     * A command of Millrace's own about this cluster, as a person can type it anywhere: it names the cluster, so that it is not done to
     * another one.
     *
     * @param command what stands after {@code millrace}, such as {@code recover}
     */
    public String command(String command, String bootstrapServers) {
        return "millrace " + command + " --bootstrap-server " + bootstrapServers
                + (prefix.equals(DEFAULT_PREFIX) ? "" : " --prefix " + (prefix.isEmpty() ? "''" : prefix));
    }

    /**
     * The partition of a key: murmur2 of its UTF-8 bytes, as Kafka's own partitioner for keyed records has it.
     *
     * @param key the pool, or on topics that are partitioned by their key that key
     * @param partitions the number of partitions, at least 1
     */
    public static int partition(String key, int partitions) {
        return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions;
    }
}
