package dev.millrace.agent;

import dev.millrace.client.ClusterConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How an agent is set up.
 *
 * @param cluster the cluster, and how to connect to it
 * @param pool the pool that the agent belongs to
 * @param agentId the agent's id; null = the one in the work directory, or for a new directory the machine's name
 * @param workDir where the agent keeps its identity, what it must remember of its tasks, and their sandboxes; its own alone
 * @param shape what the agent offers; what it does not name is detected
 */
public record AgentConfig(
        ClusterConfig cluster, String pool, @Nullable String agentId, Path workDir, AgentShape shape) {

    /** The pool of agents and requests that name none. */
    public static final String DEFAULT_POOL = "default";

    /** An agent of the default pool that offers all that it finds. */
    public static AgentConfig of(ClusterConfig cluster, Path workDir) {
        return new AgentConfig(cluster, DEFAULT_POOL, null, workDir, AgentShape.EMPTY);
    }

    /** The same in another pool. */
    public AgentConfig withPool(String otherPool) {
        return new AgentConfig(cluster, otherPool, agentId, workDir, shape);
    }

    /** The same with another id. */
    public AgentConfig withAgentId(@Nullable String otherId) {
        return new AgentConfig(cluster, pool, otherId, workDir, shape);
    }

    /** The same with another offer. */
    public AgentConfig withShape(AgentShape otherShape) {
        return new AgentConfig(cluster, pool, agentId, workDir, otherShape);
    }
}
