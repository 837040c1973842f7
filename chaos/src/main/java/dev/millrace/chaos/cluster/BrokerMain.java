package dev.millrace.chaos.cluster;

import dev.millrace.cli.logging.Logging;
import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import dev.millrace.local.ExtraListener;
import dev.millrace.local.QuorumNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A broker as a process of its own. Its arguments are a directory, a port and any number of {@code NAME:PORT:ADVERTISED} for ports beside that
 * one; and before the latter, for one of several brokers, {@code node=ID}, {@code cluster=ID} and for each of them {@code controller=ID:PORT}.
 */
public final class BrokerMain {
    private static final String NODE = "node=";
    private static final String CLUSTER = "cluster=";
    private static final String CONTROLLER = "controller=";

    private BrokerMain() {}

    /** Runs until SIGTERM. */
    public static void main(String[] args) throws InterruptedException {
        Logging.toStandardOutput();
        EmbeddedBroker broker = EmbeddedBroker.start(settings(List.of(args)));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "close"));
        new CountDownLatch(1).await();
    }

    /** The arguments for these settings, of which neither tuning nor overrides are passed on. */
    static List<String> arguments(BrokerSettings settings) {
        List<String> arguments = new ArrayList<>();
        arguments.add(settings.dataDir().toString());
        arguments.add(Integer.toString(settings.port()));
        settings.quorum().ifPresent(node -> {
            arguments.add(NODE + node.id());
            arguments.add(CLUSTER + node.clusterId());
            node.controllerPorts().forEach((id, port) -> arguments.add(CONTROLLER + id + ":" + port));
        });
        settings.extraListeners()
                .forEach(extra -> arguments.add(extra.name() + ":" + extra.port() + ":" + extra.advertisedPort()));
        return arguments;
    }

    static BrokerSettings settings(List<String> arguments) {
        BrokerSettings settings =
                BrokerSettings.in(Path.of(arguments.get(0))).withPort(Integer.parseInt(arguments.get(1)));
        int node = 0;
        String cluster = "";
        var controllers = new TreeMap<Integer, Integer>();
        for (String argument : arguments.subList(2, arguments.size())) {
            String[] parts = argument.substring(argument.indexOf('=') + 1).split(":");
            if (argument.startsWith(NODE)) {
                node = Integer.parseInt(parts[0]);
            } else if (argument.startsWith(CLUSTER)) {
                cluster = parts[0];
            } else if (argument.startsWith(CONTROLLER)) {
                controllers.put(Integer.valueOf(parts[0]), Integer.valueOf(parts[1]));
            } else {
                settings = settings.with(
                        new ExtraListener(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2])));
            }
        }
        return controllers.isEmpty() ? settings : settings.in(new QuorumNode(node, cluster, controllers));
    }
}
