package dev.millrace.cli.command;

import dev.millrace.agent.AgentShape;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option that keeps parts of agents for roles. Mutable, for picocli fills it in. */
final class ReserveOption {
    @Option(
            names = "--reserve",
            paramLabel = "ROLE:cpus=C,memory=M,disk=D,gpus=G,scalar.NAME=X[;LABEL=VALUE]",
            description =
                    "Keeps this much of an agent for tasks of the role and of the roles below it; repeatable, for one role with"
                            + " different labels. Ports can't be kept.")
    private List<String> reservations = new ArrayList<>();

    /** The shape with what the option says. */
    AgentShape addTo(AgentShape shape) {
        var reserved = shape;
        for (var reservation : reservations) {
            var before = reserved;
            reserved = Converters.option("--reserve", () -> before.withReservation(reservation));
        }
        return reserved;
    }
}
