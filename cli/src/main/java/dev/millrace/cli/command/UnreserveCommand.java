package dev.millrace.cli.command;

import dev.millrace.contract.Unreserve;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Takes back what was reserved. */
@Command(
        name = "unreserve",
        description =
                "Takes back some of what millrace reserve has reserved, for the same role and labels. Refused if that much is not there or"
                        + " is in use.",
        footer = {"", "Example:", "  millrace unreserve agent-7 eng cpus=4"})
final class UnreserveCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin
    private ReservationOptions reservation = new ReservationOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    UnreserveCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return Operators.give(
                context,
                cluster,
                output,
                reservation.what(),
                id -> new Unreserve(
                        reservation.pool(), reservation.agentId(), reservation.reservation(), context.principal(), id));
    }
}
