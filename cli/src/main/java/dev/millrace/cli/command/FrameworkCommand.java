package dev.millrace.cli.command;

import dev.millrace.contract.TeardownFramework;
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

/** One framework. */
@Command(
        name = "framework",
        description = "Shows or ends one framework. See also: millrace frameworks.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Examples:", "  millrace framework show spark", "  millrace framework teardown spark"})
final class FrameworkCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private FrameworkCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new FrameworkCommand())
                .addSubcommand(new FrameworkShowCommand(context))
                .addSubcommand(new Teardown(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    /** Ends a framework. */
    @Command(
            name = "teardown",
            description = {
                "Ends a framework: its tasks are killed, its executors ended, and it is forgotten. It returns when that has begun;"
                        + " millrace frameworks shows what is left."
            },
            footer = {
                "",
                "Example:",
                "  millrace framework teardown spark --message 'its team has moved to another cluster'"
            })
    static final class Teardown implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(paramLabel = "FRAMEWORK", description = "The framework's id.")
        private String frameworkId = "";

        @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: ${DEFAULT-VALUE}).")
        private String pool = Pools.DEFAULT;

        @Option(names = "--message", paramLabel = "TEXT", description = "Why, for people.")
        private String message = "";

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ClusterOptions cluster = new ClusterOptions();

        Teardown(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            return Operators.give(
                    context,
                    cluster,
                    output,
                    "framework " + frameworkId + " of pool " + pool,
                    id -> new TeardownFramework(pool, frameworkId, context.principal(), message, id));
        }
    }
}
