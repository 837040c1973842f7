package dev.millrace.cli.up;

import dev.millrace.agent.AgentShape;
import dev.millrace.schemas.Topics;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * How a local cluster is set up.
 *
 * @param dataDir where it keeps everything
 * @param topics the names of its topics
 * @param agents how many agents it has; empty = as many as it had before, or {@value #DEFAULT_AGENTS}
 * @param port the broker's port; 0 = the one it had before if that is free, else Kafka's usual one, else any
 * @param offer what its agents have together; what it does not name is detected
 */
public record LocalClusterSettings(Path dataDir, Topics topics, OptionalInt agents, int port, AgentShape offer) {
    public static final int DEFAULT_AGENTS = 3;
    public static final int MAX_AGENTS = 100;

    /** A cluster whose agents have all that the machine has. */
    public LocalClusterSettings(Path dataDir, Topics topics, OptionalInt agents, int port) {
        this(dataDir, topics, agents, port, AgentShape.EMPTY);
    }

    public LocalClusterSettings {
        if (agents.orElse(0) < 0 || agents.orElse(0) > MAX_AGENTS) {
            throw new IllegalArgumentException(
                    "a local cluster has up to " + MAX_AGENTS + " agents, not " + agents.getAsInt());
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is between 1 and 65535, not " + port);
        }
    }
}
