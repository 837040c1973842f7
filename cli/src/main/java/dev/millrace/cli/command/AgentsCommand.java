package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.client.AgentSummary;
import dev.millrace.contract.KeyValue;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists agents. */
@Command(
        name = "agents",
        description = "Lists the agents with what their tasks occupy of what they have.",
        footer = {"", "Examples:", "  millrace agents", "  millrace agents --attributes"})
final class AgentsCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--pool", paramLabel = "POOL", description = "Only agents of this pool.")
    private String pool = "";

    @Option(names = "--attributes", description = "Also what constraints can ask about.")
    private boolean attributes;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    AgentsCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        List<AgentSummary> agents;
        try (var model = KnownTasks.load(cluster.cluster(context))) {
            agents = model.agents(pool);
        }
        if (output.isJson()) {
            agents.forEach(agent -> context.terminal().out().println(json(agent)));
        } else if (agents.isEmpty()) {
            context.terminal().err().println("No agents.");
        } else {
            print(agents);
        }
        return ExitCode.OK;
    }

    /** The agent's own fields, and beside them how many attempts it has and what they occupy. */
    private static String json(AgentSummary summary) {
        var parts = JsonRecords.parts(summary.agent());
        parts.add(new Part("attempts", summary.attempts()));
        parts.add(new Part("occupied", summary.occupied()));
        return JsonRecords.line(parts);
    }

    private void print(List<AgentSummary> agents) {
        var now = Instant.now();
        var style = context.terminal().style();
        var table = new Table(
                "AGENT",
                "POOL",
                "STATE",
                "TASKS>",
                "CPUS>",
                "MEMORY>",
                "HOST",
                "REGISTERED",
                attributes ? "ATTRIBUTES" : "");
        for (var summary : agents) {
            var agent = summary.agent();
            var used = summary.occupied();
            var all = agent.getResources();
            table.row(
                    agent.getAgentId(),
                    agent.getPool(),
                    style.state(agent.getState()),
                    Integer.toString(summary.attempts()),
                    Human.milli(used.getCpuMillis()) + "/" + Human.milli(all.getCpuMillis()),
                    Human.mib(used.getMemMib()) + "/" + Human.mib(all.getMemMib()),
                    agent.getHostname(),
                    Human.ago(Instant.ofEpochMilli(agent.getRegisteredWallMs()), now),
                    attributes ? attributes(agent.getAttributes()) : "");
        }
        table.print(context.terminal().out());
    }

    private static String attributes(List<KeyValue> attributes) {
        return attributes.stream()
                .map(attribute -> attribute.getKey() + "=" + attribute.getValue())
                .collect(Collectors.joining(" "));
    }
}
