package dev.millrace.cli.doctor;

import dev.millrace.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the person asked about; the brokers can't tell it.
 *
 * @param bootstrapServers the brokers, as commands name them
 * @param topics the names of the cluster's topics
 * @param sessionTimeout the session timeout that the schedulers are started with
 * @param snapshotInterval how often snapshots are made
 * @param snapshots the directory of snapshots, if it is here
 */
public record Asked(
        String bootstrapServers,
        Topics topics,
        Duration sessionTimeout,
        Duration snapshotInterval,
        Optional<Path> snapshots) {
    /** A command of Millrace's own about this cluster. */
    String millrace(String command) {
        return topics.command(command, bootstrapServers);
    }

    /** A command of Kafka's own about these brokers. */
    String kafka(String tool, String arguments) {
        return tool + ".sh --bootstrap-server " + bootstrapServers + " " + arguments;
    }

    /** The command that sets something for one topic. */
    String setForTopic(String topic, String setting) {
        return kafka(
                "kafka-configs", "--alter --entity-type topics --entity-name " + topic + " --add-config " + setting);
    }
}
