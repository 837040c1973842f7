package dev.millrace.cli.command;

import dev.millrace.agent.AgentShape;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which ports and devices of a machine are offered. Mutable, for picocli fills them in. */
final class OfferOptions {
    @Option(
            names = "--ports",
            paramLabel = "PORTS",
            description =
                    "The ports to give to tasks, such as 31000-32000,8080, or none (default: 31000-32000). Nothing else on the"
                            + " machine should use them.")
    private @Nullable String ports;

    @Option(
            names = "--gpus",
            paramLabel = "N",
            description =
                    "How many GPU devices to give to tasks; they are numbered from 0 (default: all that NVIDIA's driver has).")
    private @Nullable Integer gpus;

    /** The shape with what the options say. */
    AgentShape addTo(AgentShape shape) {
        var list = ports;
        var devices = gpus;
        var withPorts = list == null ? shape : Converters.option("--ports", () -> shape.withPorts(list));
        return devices == null ? withPorts : Converters.option("--gpus", () -> withPorts.withGpus(devices));
    }
}
