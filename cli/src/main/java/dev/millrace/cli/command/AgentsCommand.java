package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.client.AgentSummary;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Resources;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists agents. */
@Command(
        name = "agents",
        description =
                "Lists the agents with what their tasks and executors occupy of what they have, and what of the rest is offered to"
                        + " frameworks.",
        footer = {"", "Examples:", "  millrace agents", "  millrace agents --attributes"})
final class AgentsCommand implements Callable<Integer> {
    private static final Resources NOTHING = Resources.newBuilder().build();

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
        try (var model = KnownTasks.load(context, cluster)) {
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

    /** The agent's own fields, and beside them how many attempts and executors it has, what they occupy, and what is offered. */
    private static String json(AgentSummary summary) {
        var parts = JsonRecords.parts(summary.agent());
        parts.add(new Part("attempts", summary.attempts()));
        parts.add(new Part("executors", summary.executors()));
        parts.add(new Part("occupied", summary.occupied()));
        parts.add(new Part("offered", summary.offered()));
        return JsonRecords.line(parts);
    }

    private void print(List<AgentSummary> agents) {
        var now = context.now();
        var style = context.terminal().style();
        boolean executors = agents.stream().anyMatch(agent -> agent.executors() > 0);
        boolean offered = agents.stream().anyMatch(AgentsCommand::isOffered);
        var headings = new ArrayList<>(List.of("AGENT", "POOL", "STATE", "TASKS>", "CPUS>", "MEMORY>"));
        addIf(executors, headings, "EXECUTORS>");
        addIf(offered, headings, "OFFERED");
        headings.addAll(List.of("HOST", "REGISTERED"));
        addIf(attributes, headings, "ATTRIBUTES");
        var table = new Table(headings.toArray(String[]::new));
        for (var summary : agents) {
            var agent = summary.agent();
            var used = summary.occupied();
            var all = agent.getResources();
            var cells = new ArrayList<>(List.of(
                    agent.getAgentId(),
                    agent.getPool(),
                    style.state(agent.getState()),
                    Integer.toString(summary.attempts()),
                    Human.milli(used.getCpuMillis()) + "/" + Human.milli(all.getCpuMillis()),
                    Human.mib(used.getMemMib()) + "/" + Human.mib(all.getMemMib())));
            addIf(executors, cells, Integer.toString(summary.executors()));
            addIf(offered, cells, isOffered(summary) ? Human.resources(summary.offered()) : "-");
            cells.add(agent.getHostname());
            cells.add(Human.ago(Instant.ofEpochMilli(agent.getRegisteredWallMs()), now));
            addIf(attributes, cells, attributes(agent.getAttributes()));
            table.row(cells.toArray(String[]::new));
        }
        table.print(context.terminal().out());
    }

    private static void addIf(boolean wanted, List<String> cells, String cell) {
        if (wanted) {
            cells.add(cell);
        }
    }

    private static boolean isOffered(AgentSummary summary) {
        return !summary.offered().equals(NOTHING);
    }

    private static String attributes(List<KeyValue> attributes) {
        return attributes.stream()
                .map(attribute -> attribute.getKey() + "=" + attribute.getValue())
                .collect(Collectors.joining(" "));
    }
}
