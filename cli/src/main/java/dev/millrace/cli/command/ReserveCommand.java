package dev.millrace.cli.command;

import dev.millrace.contract.Reserve;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reserves some of what an agent has. */
@Command(
        name = "reserve",
        description =
                "Reserves some of what an agent has for a role, beside what is reserved there already. Refused unless that much is neither"
                        + " reserved nor in use by other roles.",
        footer = {
            "",
            "Examples:",
            "  millrace reserve agent-7 eng cpus=4,memory=8GiB",
            "  millrace reserve agent-7 eng gpus=1 --label for=training"
        })
final class ReserveCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin
    private ReservationOptions reservation = new ReservationOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    ReserveCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        return Operators.give(
                context,
                cluster,
                output,
                reservation.what(),
                id -> new Reserve(
                        reservation.pool(), reservation.agentId(), reservation.reservation(), context.principal(), id));
    }
}
