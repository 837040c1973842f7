package dev.millrace.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs one agent until it is told to stop by SIGTERM or SIGINT, or is refused by the scheduler. Its tasks outlive it. */
@Command(
        name = "agent",
        description = "Offers this machine to a pool and runs what the scheduler places on it.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it was told to stop; its tasks run on",
            "1:it failed",
            "2:the options or the work directory are wrong",
            "3:the scheduler refused it: another agent of its id lives, or what it offers is invalid"
        },
        footer = {
            "",
            "Examples:",
            "  agent --bootstrap-server kafka-1:9092 --work-dir /var/lib/millrace",
            "  agent --resources cpus=8,memory=24GiB --attribute rack=r1 --attribute ssd=true"
        })
public final class AgentMain implements Callable<Integer> {
    static final int EXIT_FAILED = 1;
    static final int EXIT_USAGE = 2;
    static final int EXIT_FENCED = 3;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--agent-id",
            paramLabel = "ID",
            description =
                    "The agent's id (default: the one that it had before in its work directory; at first, the machine's name).")
    private @Nullable String agentId;

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description =
                    "Where the agent keeps its identity, its tasks' sandboxes and what it must remember of them (default: ${DEFAULT-VALUE}).",
            defaultValue = "${user.home}/.millrace/agent")
    private Path workDir = Path.of("");

    @Option(
            names = "--resources",
            paramLabel = "cpus=C,memory=M,disk=D,gpus=G,scalar.NAME=X",
            description =
                    "What the agent offers. What is not named is detected: all processors; the memory less a tenth;"
                            + " what is free in the work directory's file system less a twentieth; no GPUs.",
            defaultValue = "")
    private String resources = "";

    @Option(
            names = "--attribute",
            paramLabel = "NAME=VALUE",
            description =
                    "What constraints can ask about, beside os, arch, kernel, hostname and agent. Can be repeated.")
    private List<String> attributes = new ArrayList<>();

    private AgentMain() {}

    /** Exits with the codes that its help lists. */
    public static void main(String[] args) {
        System.exit(AgentCommand.execute(new AgentMain(), args));
    }

    @Override
    public Integer call() {
        AgentConfig config = config();
        Agent agent;
        try {
            agent = new Agent(config);
        } catch (IOException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return EXIT_USAGE;
        }
        CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
        agent.onStopped(stopped::complete);
        CleanExit exit = CleanExit.onSignal(agent::close);
        agent.start();
        AgentStopped why = stopped.join();
        if (!exit.cancel()) {
            return 0;
        }
        System.err.println(why.message());
        return switch (why.cause()) {
            case CLOSED -> 0;
            case FAILED -> EXIT_FAILED;
            case FENCED -> EXIT_FENCED;
        };
    }

    private AgentConfig config() {
        try {
            AgentShape shape = AgentShape.parse(resources);
            for (String attribute : attributes) {
                shape = shape.withAttribute(attribute);
            }
            return AgentConfig.of(connection.cluster(), workDir)
                    .withPool(connection.pool())
                    .withAgentId(agentId)
                    .withShape(shape);
        } catch (IllegalArgumentException e) {
            throw connection.fault(e.getMessage());
        }
    }
}
