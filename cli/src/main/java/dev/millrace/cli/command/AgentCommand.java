package dev.millrace.cli.command;

import dev.millrace.agent.Agent;
import dev.millrace.agent.AgentConfig;
import dev.millrace.agent.AgentShape;
import dev.millrace.agent.AgentStopped;
import dev.millrace.cli.logging.Logging;
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

/** Runs an agent. */
@Command(
        name = "agent",
        description = {
            "Offers this machine to a pool, and runs what the scheduler places on it, until SIGTERM. Its tasks outlive it: an agent that"
                    + " is started again on the same work directory takes them over. The log goes to standard output.",
            "",
            "Exit code 3: the scheduler refused it, because another agent of its id lives, or what it offers is invalid."
        },
        footer = {
            "",
            "Examples:",
            "  millrace agent --bootstrap-server kafka:9092 --work-dir /var/lib/millrace/agent",
            "  millrace agent --work-dir ./a1 --resources cpus=8,memory=24GiB --attribute rack=r1",
            "  millrace agent --work-dir ./a2 --gpus 4 --ports 31000-32000,8080",
            "  millrace agent --work-dir ./a3 --reserve 'search/index:cpus=2,memory=4GiB;team=search'"
        })
final class AgentCommand implements Callable<Integer> {
    private static final int REFUSED = 3;

    private final CommandContext context;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            required = true,
            description =
                    "Where it keeps its identity, its tasks' sandboxes and what it must remember of them; its own alone.")
    private Path workDir = Path.of("");

    @Option(
            names = "--agent-id",
            paramLabel = "ID",
            description =
                    "Its id (default: the one that it had before in its work directory; at first, the machine's name).")
    private @Nullable String agentId;

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            defaultValue = AgentConfig.DEFAULT_POOL,
            description = "The pool that it belongs to (default: ${DEFAULT-VALUE}).")
    private String pool = AgentConfig.DEFAULT_POOL;

    @Option(
            names = "--resources",
            paramLabel = "cpus=C,memory=M,disk=D,scalar.NAME=X",
            description =
                    "What it offers. What is not named is detected: all processors, the memory less a tenth, what is free in the"
                            + " work directory's file system less a twentieth.")
    private String resources = "";

    @Mixin
    private OfferOptions offer = new OfferOptions();

    @Mixin
    private ReserveOption reserve = new ReserveOption();

    @Option(
            names = "--attribute",
            paramLabel = "NAME=VALUE",
            description =
                    "What constraints can ask about, beside os, arch, kernel, hostname, agent and gpu_model; repeatable.")
    private List<String> attributes = new ArrayList<>();

    AgentCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var cluster = connection.namedConfig(context);
        var config = AgentConfig.of(cluster, workDir)
                .withPool(pool)
                .withAgentId(agentId)
                .withShape(shape());
        Logging.toStandardOutput();
        var stopped = new CompletableFuture<AgentStopped>();
        try (var agent = agent(config)) {
            agent.onStopped(stopped::complete);
            Signals.onStop(agent::close);
            agent.start();
            return exitCode(stopped.join());
        } catch (IOException e) {
            throw CommandFailure.usage(FileFailures.why(e));
        }
    }

    private AgentShape shape() {
        var shape = offer.addTo(Converters.option("--resources", () -> AgentShape.parse(resources)));
        for (var attribute : attributes) {
            var before = shape;
            shape = Converters.option("--attribute", () -> before.withAttribute(attribute));
        }
        return reserve.addTo(shape);
    }

    private static Agent agent(AgentConfig config) throws IOException {
        try {
            return new Agent(config);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private int exitCode(AgentStopped why) {
        if (why.cause() != AgentStopped.Cause.CLOSED) {
            context.terminal().err().println("millrace agent: " + why.message());
        }
        return switch (why.cause()) {
            case CLOSED -> ExitCode.OK;
            case FAILED -> ExitCode.FAILED;
            case FENCED -> REFUSED;
        };
    }
}
