package dev.millrace.cli.command;

import dev.millrace.cli.job.ConstraintText;
import dev.millrace.cli.job.Suggestion;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.LabelledLines;
import dev.millrace.cli.output.Table;
import dev.millrace.client.FrameworkSummary;
import dev.millrace.client.ReadModel;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.FrameworkState;
import dev.millrace.state.SavedFramework;
import dev.millrace.state.SavedFrameworkRole;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one framework. */
@Command(
        name = "show",
        description =
                "Shows what is known of one framework: how it stands, what it wants to be offered, and what it has.",
        footer = {"", "Example:", "  millrace framework show spark"})
final class FrameworkShowCommand implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "FRAMEWORK", description = "The framework's id.")
    private String frameworkId = "";

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            description = "The framework's pool, if several have one of that id.")
    private String pool = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    FrameworkShowCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try (var model = KnownTasks.load(context, cluster)) {
            var summary = one(model.frameworks(pool));
            if (output.isJson()) {
                context.terminal().out().println(FrameworkWords.json(summary, model));
            } else {
                print(summary, model);
            }
        }
        return ExitCode.OK;
    }

    private FrameworkSummary one(List<FrameworkSummary> known) {
        var found = known.stream()
                .filter(summary -> summary.framework().getFrameworkId().equals(frameworkId))
                .toList();
        if (found.isEmpty()) {
            var ids = known.stream()
                    .map(summary -> summary.framework().getFrameworkId())
                    .distinct()
                    .toList();
            throw new CommandFailure(
                    "no framework " + frameworkId + " is known" + (pool.isEmpty() ? "" : " in pool " + pool)
                            + Suggestion.forWord(frameworkId, ids)
                                    .map(near -> "; did you mean " + near + "?")
                                    .orElse("; millrace frameworks lists those that are"));
        }
        if (found.size() > 1) {
            throw new CommandFailure("several pools have a framework " + frameworkId + " ("
                    + found.stream()
                            .map(summary -> summary.framework().getPool())
                            .collect(Collectors.joining(", "))
                    + "); choose one with --pool");
        }
        return found.get(0);
    }

    private void print(FrameworkSummary summary, ReadModel model) {
        var framework = summary.framework();
        var lines = new LabelledLines(context.terminal());
        lines.line("framework", framework.getFrameworkId());
        lines.line("pool", framework.getPool());
        lines.line("name", framework.getName());
        lines.line("principal", framework.getPrincipal());
        lines.line("state", state(framework, model));
        lines.line("registered", TaskWords.time(framework.getRegisteredWallMs()));
        lines.line("failover", FrameworkWords.time(framework.getFailoverTimeoutMs()));
        lines.line("web page", framework.getWebUiUrl());
        lines.line("labels", TaskWords.pairs(framework.getLabels()));
        lines.line("tasks", Integer.toString(summary.tasks()));
        lines.line("occupied", Human.resources(summary.occupied()));
        lines.line("offers", Integer.toString(summary.offers().size()));
        show(roles(framework.getRoles()));
        show(executors(summary));
        show(filters(summary, model));
    }

    private String state(SavedFramework framework, ReadModel model) {
        long forMs = FrameworkWords.ageMs(model, framework.getPool(), framework.getSinceMs());
        var since = context.terminal().style().state(framework.getState()) + " for " + FrameworkWords.time(forMs);
        return framework.getState() == FrameworkState.FRAMEWORK_DISCONNECTED
                ? since + "; its tasks are killed in "
                        + FrameworkWords.time(Math.max(0, framework.getFailoverTimeoutMs() - forMs))
                : since;
    }

    /** A table below an empty line, if it has rows. */
    private void show(Table table) {
        if (!table.isEmpty()) {
            context.terminal().out().println();
            table.print(context.terminal().out());
        }
    }

    private static Table roles(List<SavedFrameworkRole> roles) {
        var table = new Table("ROLE", "SUPPRESSED", "UNIT", "WANTED>", "CONSTRAINTS");
        for (var saved : roles) {
            var role = saved.getWants();
            table.row(
                    role.getRole(),
                    role.getSuppressed() ? "yes" : "no",
                    unit(role),
                    role.getUnitsWanted() == null ? "all" : Integer.toString(role.getUnitsWanted()),
                    role.getConstraints().stream().map(ConstraintText::of).collect(Collectors.joining(", ")));
        }
        return table;
    }

    private static String unit(FrameworkRole role) {
        if (role.getUnit() == null) {
            return "-";
        }
        var ports = role.getUnitPorts() == 0 ? "" : ", " + Human.ports(role.getUnitPorts());
        return Human.resources(role.getUnit()) + ports;
    }

    private static Table executors(FrameworkSummary summary) {
        var table = new Table("EXECUTOR", "AGENT", "ROLE", "RESOURCES", "NAME");
        for (var saved : summary.executors()) {
            var executor = saved.getExecutor();
            table.row(
                    executor.getExecutorId(),
                    saved.getAgentId(),
                    saved.getRole().isEmpty() ? "- (not known, told to end)" : saved.getRole(),
                    Human.resources(executor.getResources()),
                    executor.getName());
        }
        return table;
    }

    private static Table filters(FrameworkSummary summary, ReadModel model) {
        var table = new Table("NOT OFFERED", "ROLE", "NO MORE THAN", "FOR");
        for (var filter : summary.filters()) {
            long leftMs = filter.getUntilMs()
                    - model.clock(filter.getPool())
                            .map(clock -> clock.getElapsedMs())
                            .orElse(0L);
            if (leftMs > 0) {
                table.row(
                        filter.getAgentId(),
                        filter.getRole(),
                        Human.resources(filter.getResources()),
                        FrameworkWords.time(leftMs));
            }
        }
        return table;
    }
}
