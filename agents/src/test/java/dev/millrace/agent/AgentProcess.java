package dev.millrace.agent;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** An agent in a process of its own, which SIGKILL ends. */
final class AgentProcess implements AutoCloseable {
    private final Process process;

    private AgentProcess(Process process) {
        this.process = process;
    }

    /** Runs an agent until it is killed. */
    public static void main(String[] args) throws Exception {
        ClusterConfig cluster = new ClusterConfig(args[0], new Topics(args[1]), Map.of());
        try (Agent agent = new Agent(AgentConfig.of(cluster, Path.of(args[2])).withAgentId("a"))) {
            agent.start();
            Thread.currentThread().join();
        }
    }

    /** An agent {@code a} of a cluster. */
    static AgentProcess start(ClusterConfig cluster, Path workDir) throws IOException {
        return new AgentProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AgentProcess.class.getName(),
                        cluster.bootstrapServers(),
                        cluster.topics().prefix(),
                        workDir.toString())
                .redirectErrorStream(true)
                .redirectOutput(workDir.resolveSibling("agent.log").toFile())
                .start());
    }

    /** Sends SIGKILL, and waits until the agent is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            throw new AssertionError("the agent does not die");
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
