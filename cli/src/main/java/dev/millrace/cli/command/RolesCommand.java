package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.QuotaWords;
import dev.millrace.cli.output.Table;
import dev.millrace.core.RoleReport;
import dev.millrace.schemas.Pools;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists roles. */
@Command(
        name = "roles",
        description = {
            "Lists the roles of a pool as the tree that they are: weight, dominant share of the pool, guarantee, limit, what their tasks have,"
                    + " and how many tasks run and are queued. A role's numbers include those of the roles below it."
        },
        footer = {"", "Examples:", "  millrace roles", "  millrace roles --pool gpu -o json"})
final class RolesCommand implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: ${DEFAULT-VALUE}).")
    private String pool = Pools.DEFAULT;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    RolesCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        List<RoleReport> roles;
        try (var model = KnownTasks.load(context, cluster, pool)) {
            roles = StateCopy.of(model, pool).roles(pool);
        }
        if (output.isJson()) {
            roles.forEach(role -> context.terminal().out().println(json(role)));
        } else if (roles.isEmpty()) {
            context.terminal().err().println("No roles.");
        } else {
            print(roles);
        }
        return ExitCode.OK;
    }

    private String json(RoleReport role) {
        var parts = new ArrayList<Part>();
        parts.add(new Part("pool", pool));
        parts.addAll(RoleWords.parts(role));
        return JsonRecords.line(parts);
    }

    private void print(List<RoleReport> roles) {
        var table = new Table("ROLE", "WEIGHT>", "SHARE>", "GUARANTEE", "LIMIT", "ALLOCATED", "QUEUED>", "RUNNING>");
        for (var role : roles) {
            table.row(
                    indented(role.role()),
                    Human.milli(role.weightMilli()),
                    RoleWords.percent(role.shareMicros()),
                    QuotaWords.of(role.guarantee()),
                    QuotaWords.of(role.limit()),
                    Human.resources(role.allocated()),
                    Long.toString(role.queued()),
                    Long.toString(role.running()));
        }
        table.print(context.terminal().out());
    }

    /** Its own name, below that of its parent. */
    private static String indented(String role) {
        int depth = (int) role.chars().filter(c -> c == '/').count();
        return "  ".repeat(depth) + role.substring(role.lastIndexOf('/') + 1);
    }
}
