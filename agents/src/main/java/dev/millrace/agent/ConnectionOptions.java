package dev.millrace.agent;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that all agents have: which cluster and pool they belong to. Mutable; filled in by picocli. */
public final class ConnectionOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description = "The cluster's Kafka brokers, with commas between them (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:MILLRACE_BOOTSTRAP_SERVERS:-localhost:9092}")
    private String bootstrapServers = "";

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description = "What stands before the names of the cluster's topics (default: ${DEFAULT-VALUE}).",
            defaultValue = Topics.DEFAULT_PREFIX)
    private String prefix = Topics.DEFAULT_PREFIX;

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            description = "A file of Kafka client properties, such as those for TLS and SASL.")
    private @Nullable Path commandConfig;

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            description = "The pool that is offered what there is (default: ${DEFAULT-VALUE}).",
            defaultValue = AgentConfig.DEFAULT_POOL)
    private String pool = AgentConfig.DEFAULT_POOL;

    /**
     * The cluster.
     *
     * @throws ParameterException if the options can't be right
     */
    public ClusterConfig cluster() {
        try {
            return new ClusterConfig(bootstrapServers, new Topics(prefix), kafkaProperties());
        } catch (IllegalArgumentException e) {
            throw fault(e.getMessage());
        }
    }

    /** The pool. */
    public String pool() {
        return pool;
    }

    /** A fault in the command line, which makes the process end with the usage. */
    public ParameterException fault(@Nullable String message) {
        if (spec == null) {
            throw new IllegalStateException("picocli has not filled these options in");
        }
        return new ParameterException(spec.commandLine(), String.valueOf(message));
    }

    private Map<String, Object> kafkaProperties() {
        Map<String, Object> properties = new HashMap<>();
        if (commandConfig != null) {
            Properties read = new Properties();
            try (Reader reader = Files.newBufferedReader(commandConfig)) {
                read.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw fault("cannot read " + commandConfig + ": " + e.getMessage());
            }
            read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
        }
        return properties;
    }
}
