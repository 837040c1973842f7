package dev.millrace.cli.command;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A pool's settings. */
@Command(
        name = "pool",
        description = "The settings of pools.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  millrace pool show default",
            "  millrace pool set default --unreachable-timeout 1m --placement spread"
        })
final class PoolCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private PoolCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new PoolCommand())
                .addSubcommand(new PoolSetCommand(context))
                .addSubcommand(new PoolShowCommand(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }
}
