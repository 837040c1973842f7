package dev.millrace.streams;

import java.util.Arrays;
import java.util.Optional;

/**
 * The scheduler's options, by one name each in the properties file and, after {@code --}, on the command line.
 */
public enum SchedulerOption {
    BOOTSTRAP_SERVERS(
            "bootstrap-servers", "localhost:9092", "Kafka brokers to begin with, host:port, with commas between them"),
    PREFIX("prefix", "millrace.", "what stands before the name of each topic of this cluster"),
    STATE_DIR(
            "state-dir",
            "~/.millrace/scheduler",
            "directory of this instance alone, which must survive restarts: stores, instance id, remembered failures"),
    INSTANCE_ID(
            "instance-id",
            "drawn at the first start and kept in the state directory",
            "name of this instance in the consumer group, by which it gets its partitions back after a restart"),
    THREADS("threads", "one for each processor", "stream threads, 1 to 1000; each owns some of the partitions"),
    TICK_INTERVAL_MS("tick-interval-ms", "250", "how often the clocks of each partition move, 10 to 60000"),
    COMMIT_INTERVAL_MS(
            "commit-interval-ms",
            "20",
            "how long inputs are gathered into one transaction, 1 to 10000; more is slower and costs less"),
    ACCEPT_TOPIC_ID(
            "accept-topic-id",
            "none",
            "ids, with commas between them, of inbound topics that were deleted and made anew and are to be read from their beginning");

    /** What stands before the name of a setting of Kafka's own. */
    public static final String KAFKA_PREFIX = "kafka.";

    private final String key;
    private final String defaultText;
    private final String about;

    SchedulerOption(String key, String defaultText, String about) {
        this.key = key;
        this.defaultText = defaultText;
        this.about = about;
    }

    /** Its name. */
    public String key() {
        return key;
    }

    /** What holds if it is not given, in words. */
    public String defaultText() {
        return defaultText;
    }

    /** What it is for. */
    public String about() {
        return about;
    }

    static Optional<SchedulerOption> named(String key) {
        return Arrays.stream(values()).filter(option -> option.key.equals(key)).findFirst();
    }
}
