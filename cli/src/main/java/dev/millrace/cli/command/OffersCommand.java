package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.Table;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists offers. */
@Command(
        name = "offers",
        description = "Lists the offers that are out to frameworks, the oldest first.",
        footer = {"", "Examples:", "  millrace offers", "  millrace offers --framework spark --agent agent-2"})
final class OffersCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--pool", paramLabel = "POOL", description = "Only offers of this pool.")
    private String pool = "";

    @Option(names = "--framework", paramLabel = "FRAMEWORK", description = "Only offers to this framework.")
    private String framework = "";

    @Option(names = "--agent", paramLabel = "AGENT", description = "Only offers of this agent.")
    private String agent = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    OffersCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var table = new Table("OFFER", "POOL", "FRAMEWORK", "ROLE", "AGENT", "RESOURCES", "AGE");
        try (var model = KnownTasks.load(context, cluster)) {
            for (var offer : model.offers(pool)) {
                if (!isWanted(framework, offer.getFrameworkId()) || !isWanted(agent, offer.getAgentId())) {
                    continue;
                }
                if (output.isJson()) {
                    context.terminal().out().println(JsonRecords.line(FrameworkWords.parts(offer, model)));
                }
                table.row(
                        offer.getOfferId(),
                        offer.getPool(),
                        offer.getFrameworkId(),
                        offer.getRole(),
                        offer.getAgentId(),
                        Human.resources(offer.getResources()),
                        FrameworkWords.time(FrameworkWords.ageMs(model, offer.getPool(), offer.getMadeMs())));
            }
        }
        if (!output.isJson()) {
            print(table);
        }
        return ExitCode.OK;
    }

    private static boolean isWanted(String wanted, String found) {
        return wanted.isEmpty() || wanted.equals(found);
    }

    private void print(Table table) {
        if (!table.isEmpty()) {
            table.print(context.terminal().out());
        } else {
            boolean isNarrowed = !pool.isEmpty() || !framework.isEmpty() || !agent.isEmpty();
            context.terminal().err().println(isNarrowed ? "No such offer." : "No offers.");
        }
    }
}
