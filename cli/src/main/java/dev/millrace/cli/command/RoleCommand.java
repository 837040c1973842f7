package dev.millrace.cli.command;

import dev.millrace.contract.Quota;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.SetRole;
import dev.millrace.schemas.Pools;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What roles are to get. */
@Command(
        name = "role",
        description = "What roles of a pool are to get, and are not to have more of. See also: millrace roles.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  millrace role set eng --weight 2.5 --guarantee cpus=10,memory=64GiB"})
final class RoleCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private RoleCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new RoleCommand())
                .addSubcommand(new Set(context))
                .addSubcommand(new Remove(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    /** Configures a role. */
    @Command(
            name = "set",
            description = {
                "Configures a role; what is not named stays as it is. A role's name says where it is in the tree: eng/search lies below"
                        + " eng, and shares what eng has."
            },
            footer = {
                "",
                "Examples:",
                "  millrace role set eng --weight 2.5 --guarantee cpus=10,memory=64GiB --limit cpus=40",
                "  millrace role set eng/search --limit none --max-queued 5000"
            })
    static final class Set implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(paramLabel = "ROLE", description = "The role.")
        private String role = "";

        @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: ${DEFAULT-VALUE}).")
        private String pool = Pools.DEFAULT;

        @Option(
                names = "--weight",
                paramLabel = "NUMBER",
                converter = Converters.Weight.class,
                description =
                        "Its weight among the roles beside it, such as 2.5; that of a role nobody configured is 1.")
        private @Nullable Integer weightMilli;

        @Option(
                names = "--guarantee",
                paramLabel = "AMOUNTS",
                converter = Converters.Amounts.class,
                description = {
                    "What it is to get before others get more than theirs, such as cpus=10,memory=64GiB; none takes the guarantee away."
                })
        private @Nullable Quota guarantee;

        @Option(
                names = "--limit",
                paramLabel = "AMOUNTS",
                converter = Converters.Amounts.class,
                description = "What it never has more of; none takes the limit away.")
        private @Nullable Quota limit;

        @Option(
                names = "--max-queued",
                paramLabel = "N",
                converter = Converters.Bound.class,
                description = "How many of its tasks may be queued; none = any number.")
        private @Nullable Integer maxQueued;

        @Option(
                names = "--max-requests-per-second",
                paramLabel = "N",
                converter = Converters.Bound.class,
                description = "How many requests a second it may send; none = any number.")
        private @Nullable Integer maxRequestsPerSecond;

        @Option(
                names = "--force",
                description = "Also a limit below what the role has now: it gets nothing more until it has less.")
        private boolean force;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Set(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            return Operators.give(context, cluster, output, "role " + role + " of pool " + pool, this::record);
        }

        private SetRole record(String commandId) {
            return SetRole.newBuilder()
                    .setPool(pool)
                    .setRole(role)
                    .setWeightMilli(weightMilli)
                    .setGuarantee(guarantee)
                    .setLimit(limit)
                    .setMaxQueued(maxQueued)
                    .setMaxRequestsPerSecond(maxRequestsPerSecond)
                    .setForce(force)
                    .setPrincipal(context.principal())
                    .setCommandId(commandId)
                    .build();
        }
    }

    /** Makes a role one that nobody configured. */
    @Command(
            name = "remove",
            description = {
                "Makes a role one that nobody configured: weight 1, no guarantee, no limit. Its tasks stay. Refused while a role below it"
                        + " has a guarantee."
            },
            footer = {"", "Example:", "  millrace role remove eng/search"})
    static final class Remove implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(paramLabel = "ROLE", description = "The role.")
        private String role = "";

        @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: ${DEFAULT-VALUE}).")
        private String pool = Pools.DEFAULT;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Remove(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            return Operators.give(
                    context,
                    cluster,
                    output,
                    "role " + role + " of pool " + pool,
                    id -> new RemoveRole(pool, role, context.principal(), id));
        }
    }
}
