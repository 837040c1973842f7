package dev.millrace.cli.command;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to connect to a cluster's brokers. Mutable, for picocli fills it in. */
final class ConnectionOptions {
    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description = "The cluster's Kafka brokers (default: $" + CommandContext.BOOTSTRAP_SERVERS_VARIABLE
                    + ", else the local cluster that runs on the data directory).")
    private @Nullable String bootstrapServers;

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description =
                    "What stands before the names of the cluster's topics (default: " + Topics.DEFAULT_PREFIX + ").")
    private @Nullable String prefix;

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            description = "A file of Kafka client properties, such as those for TLS and SASL.")
    private @Nullable Path commandConfig;

    /** The brokers that an option or the environment names; empty if none does. */
    Optional<String> bootstrapServers(CommandContext context) {
        return Optional.ofNullable(bootstrapServers)
                .or(() -> Optional.of(context.bootstrapServersOfEnvironment()))
                .filter(servers -> !servers.isBlank());
    }

    /** The brokers that are named; a failure if none are. */
    String namedBootstrapServers(CommandContext context) {
        return bootstrapServers(context)
                .orElseThrow(() -> CommandFailure.usage("which cluster? Name its brokers with --bootstrap-server or $"
                        + CommandContext.BOOTSTRAP_SERVERS_VARIABLE));
    }

    /** The cluster of the brokers that are named, whether they can be reached at the moment or not: daemons wait for them. */
    ClusterConfig namedConfig(CommandContext context) {
        return new ClusterConfig(namedBootstrapServers(context), topics(), Map.copyOf(kafkaProperties()));
    }

    Topics topics() {
        return topics(Topics.DEFAULT_PREFIX);
    }

    private Topics topics(String otherwise) {
        try {
            return new Topics(prefix == null ? otherwise : prefix);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--prefix: " + e.getMessage());
        }
    }

    /** The cluster of these brokers; a failure if none of them can be reached. */
    ClusterConfig config(String servers) {
        return config(servers, Topics.DEFAULT_PREFIX);
    }

    /** The cluster of these brokers, whose topics have that prefix unless an option says otherwise. */
    ClusterConfig config(String servers, String usualPrefix) {
        var config = new ClusterConfig(servers, topics(usualPrefix), Map.copyOf(kafkaProperties()));
        Brokers.requireReachable(servers);
        return config;
    }

    /** Kafka's own client properties, as the file has them. */
    Map<String, String> kafkaProperties() {
        var map = new TreeMap<String, String>();
        if (commandConfig != null) {
            var properties = new Properties();
            try (Reader reader = Files.newBufferedReader(commandConfig)) {
                properties.load(reader);
            } catch (IOException e) {
                throw CommandFailure.usage("cannot read " + commandConfig + ": " + FileFailures.why(e));
            } catch (IllegalArgumentException e) {
                throw CommandFailure.usage(commandConfig + " is no properties file: " + e.getMessage());
            }
            properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
        }
        return map;
    }
}
