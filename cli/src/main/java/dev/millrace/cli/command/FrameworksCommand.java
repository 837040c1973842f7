package dev.millrace.cli.command;

import dev.millrace.cli.output.Table;
import dev.millrace.client.FrameworkSummary;
import dev.millrace.client.ReadModel;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists frameworks. */
@Command(
        name = "frameworks",
        description =
                "Lists the frameworks with how they stand: their roles, tasks and the offers that are out to them.",
        footer = {"", "Examples:", "  millrace frameworks", "  millrace frameworks --pool gpu -o json"})
final class FrameworksCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--pool", paramLabel = "POOL", description = "Only frameworks of this pool.")
    private String pool = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    FrameworksCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try (var model = KnownTasks.load(context, cluster)) {
            var frameworks = model.frameworks(pool);
            if (output.isJson()) {
                frameworks.forEach(
                        framework -> context.terminal().out().println(FrameworkWords.json(framework, model)));
            } else if (frameworks.isEmpty()) {
                context.terminal().err().println("No frameworks.");
            } else {
                print(frameworks, model);
            }
        }
        return ExitCode.OK;
    }

    private void print(List<FrameworkSummary> frameworks, ReadModel model) {
        var style = context.terminal().style();
        var table = new Table("FRAMEWORK", "POOL", "NAME", "STATE", "ROLES", "TASKS>", "OFFERS>", "SINCE", "PRINCIPAL");
        for (var summary : frameworks) {
            var framework = summary.framework();
            table.row(
                    framework.getFrameworkId(),
                    framework.getPool(),
                    framework.getName(),
                    style.state(framework.getState()),
                    framework.getRoles().stream()
                            .map(role -> role.getWants().getRole())
                            .collect(Collectors.joining(",")),
                    Integer.toString(summary.tasks()),
                    Integer.toString(summary.offers().size()),
                    FrameworkWords.time(FrameworkWords.ageMs(model, framework.getPool(), framework.getSinceMs())),
                    framework.getPrincipal());
        }
        table.print(context.terminal().out());
    }
}
