package dev.millrace.cli.command;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.schemas.Pools;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is reserved where and for whom. Mutable, for picocli fills it in. */
final class ReservationOptions {
    @Parameters(index = "0", paramLabel = "AGENT", description = "The agent.")
    private String agentId = "";

    @Parameters(index = "1", paramLabel = "ROLE", description = "The role, and with it those below it.")
    private String role = "";

    @Parameters(
            index = "2",
            paramLabel = "RESOURCES",
            converter = Converters.Needs.class,
            description = "How much, such as cpus=4,memory=8GiB.")
    private Resources resources = Resources.newBuilder().build();

    @Option(
            names = "--label",
            paramLabel = "NAME=VALUE",
            description = "What it is for; repeatable. Reservations with other labels are apart.")
    private Map<String, String> labels = new TreeMap<>();

    @Option(names = "--pool", paramLabel = "POOL", description = "The pool (default: ${DEFAULT-VALUE}).")
    private String pool = Pools.DEFAULT;

    String pool() {
        return pool;
    }

    String agentId() {
        return agentId;
    }

    Reservation reservation() {
        List<KeyValue> sorted = new TreeMap<>(labels)
                .entrySet().stream()
                        .map(label -> new KeyValue(label.getKey(), label.getValue()))
                        .toList();
        return new Reservation(role, resources, sorted);
    }

    /** In words. */
    String what() {
        return "agent " + agentId + " of pool " + pool + ", role " + role;
    }
}
