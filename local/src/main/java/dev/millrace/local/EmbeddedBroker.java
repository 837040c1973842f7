package dev.millrace.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker, with its KRaft controller, in this process. It is alone, or one of a quorum whose others are processes of this machine.
 *
 * <p>What it acknowledged outlives the process: a broker that was killed is started again on the same directory and port, and
 * clients that were connected go on. Kafka does not flush to disk for each record, so this does not hold for a machine that loses
 * its power. A fault that Kafka takes for fatal, such as a full disk under its metadata, ends the process.
 *
 * <p>It listens on localhost only. May be closed from any thread.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);

    private static final String HOST = "localhost";
    private static final int NODE_ID = 1;
    private static final String CLIENT_LISTENER = "PLAINTEXT";
    private static final String CONTROLLER_LISTENER = "CONTROLLER";

    private final DataDirectory directory;
    private final KafkaRaftServer server;
    private final Path dataDir;
    private final int port;
    private boolean closed;

    private EmbeddedBroker(DataDirectory directory, KafkaRaftServer server, Path dataDir, int port) {
        this.directory = directory;
        this.server = server;
        this.dataDir = dataDir;
        this.port = port;
    }

    /**
     * Starts a broker, and returns when clients can use it. One of a quorum waits until most of the others are there.
     *
     * @throws BrokerStartException if the port or the directory is in use, or Kafka refuses to start
     */
    public static EmbeddedBroker start(BrokerSettings settings) {
        long begunNanos = System.nanoTime();
        try {
            DataDirectory directory = DataDirectory.open(settings.dataDir());
            try {
                EmbeddedBroker broker = start(settings, directory);
                log.info(
                        "Broker on {} started in {} ms, data in {}",
                        broker.bootstrapServers(),
                        (System.nanoTime() - begunNanos) / 1_000_000,
                        settings.dataDir());
                return broker;
            } catch (IOException | RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (IOException e) {
            throw new BrokerStartException("cannot start a broker in " + settings.dataDir() + ": " + e.getMessage(), e);
        }
    }

    private static EmbeddedBroker start(BrokerSettings settings, DataDirectory directory) throws IOException {
        Ports ports = Ports.choose(settings);
        directory.formatOnce(
                settings.quorum().map(QuorumNode::id).orElse(NODE_ID),
                settings.quorum()
                        .map(QuorumNode::clusterId)
                        .orElseGet(() -> Uuid.randomUuid().toString()),
                CONTROLLER_LISTENER);
        KafkaConfig config = KafkaConfig.fromProps(properties(settings, directory, ports), false);
        KafkaRaftServer server = new KafkaRaftServer(config, Time.SYSTEM);
        try {
            server.startup();
        } catch (RuntimeException e) {
            server.shutdown();
            Throwable root = root(e);
            if (root instanceof BindException refused) {
                throw BrokerStartException.port(ports.names(settings), refused);
            }
            String why = root.getMessage() == null ? root.toString() : root.getMessage();
            throw new BrokerStartException("Kafka did not start in " + settings.dataDir() + ": " + why, e);
        }
        return new EmbeddedBroker(directory, server, settings.dataDir(), ports.client());
    }

    private static Properties properties(BrokerSettings settings, DataDirectory directory, Ports ports) {
        String clients = CLIENT_LISTENER + "://" + HOST + ":" + ports.client();
        StringBuilder listeners =
                new StringBuilder(clients + "," + CONTROLLER_LISTENER + "://" + HOST + ":" + ports.controller());
        StringBuilder advertised = new StringBuilder(clients);
        StringBuilder protocols =
                new StringBuilder(CLIENT_LISTENER + ":PLAINTEXT," + CONTROLLER_LISTENER + ":PLAINTEXT");
        for (ExtraListener extra : settings.extraListeners()) {
            String prefix = "," + extra.name() + "://" + HOST + ":";
            listeners.append(prefix).append(extra.port());
            advertised.append(prefix).append(extra.advertisedPort());
            protocols.append(",").append(extra.name()).append(":PLAINTEXT");
        }
        QuorumNode node = settings.quorum()
                .orElseGet(() -> new QuorumNode(NODE_ID, "", new TreeMap<>(Map.of(NODE_ID, ports.controller()))));
        Properties properties = new Properties();
        properties.setProperty("process.roles", "broker,controller");
        properties.setProperty("node.id", Integer.toString(node.id()));
        properties.setProperty("controller.quorum.voters", node.voters(HOST));
        properties.setProperty("controller.listener.names", CONTROLLER_LISTENER);
        properties.setProperty("inter.broker.listener.name", CLIENT_LISTENER);
        properties.setProperty("listener.security.protocol.map", protocols.toString());
        properties.setProperty("listeners", listeners.toString());
        properties.setProperty("advertised.listeners", advertised.toString());
        properties.setProperty("log.dirs", directory.logDirectory().toString());
        properties.putAll(settings.serverProperties());
        return properties;
    }

    private static Throwable root(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** What a client gives as {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return HOST + ":" + port;
    }

    /** The port that clients connect to; never 0. */
    public int port() {
        return port;
    }

    /** The directory that it was started in. */
    public Path dataDir() {
        return dataDir;
    }

    /** Shuts down cleanly and waits for the end of it; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        server.shutdown();
        server.awaitShutdown();
        try {
            directory.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot let go of " + dataDir, e);
        }
    }

    /** The ports for clients and for the controller, both free a moment ago. */
    private record Ports(int client, int controller) {

        static Ports choose(BrokerSettings settings) throws IOException {
            int client = choose(settings.port());
            int wantedController =
                    settings.quorum().map(QuorumNode::controllerPort).orElse(0);
            int controller;
            do {
                controller = choose(wantedController);
            } while (controller == client && wantedController == 0);
            return new Ports(client, controller);
        }

        private static int choose(int wanted) throws IOException {
            if (wanted == 0) {
                return FreePorts.next();
            }
            try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getByName(HOST))) {
                return socket.getLocalPort();
            } catch (BindException e) {
                throw BrokerStartException.port("port " + wanted, e);
            }
        }

        /** Words for the ports of which Kafka says that it can't listen there. If it is the controller's, Kafka ends the process. */
        String names(BrokerSettings settings) {
            if (settings.extraListeners().isEmpty()) {
                return "port " + client;
            }
            return settings.extraListeners().stream()
                    .map(extra -> String.valueOf(extra.port()))
                    .collect(Collectors.joining(", ", "one of the ports " + client + ", ", ""));
        }
    }
}
