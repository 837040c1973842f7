package dev.millrace.agent.executor;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.ExecutorRules;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets that executors connect to, one for each executor, served by one thread. It believes nothing: what is no frame, or no record that an
 * executor may send, ends the connection that it came on, and nothing else. The methods are thread-safe; the listener is called on that thread.
 */
final class ExecutorSockets implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ExecutorSockets.class);
    /** An executor needs one, and another while the agent has not noticed that the first is broken. */
    private static final int MAX_CONNECTIONS = 8;

    /** Hears of messages and of ends of connections. */
    interface Listener {
        /** The executor sent this; when it is dealt with, {@link Connection#handled} is to be called. */
        void received(Connection connection, SpecificRecord message);

        /** Nothing more comes on this connection, and nothing more is written. */
        void closed(Connection connection);
    }

    /** How often it is looked who has not registered, and who may be accepted again. */
    private static final Duration PATROL_PERIOD = Duration.ofSeconds(1);

    private static final Duration REGISTRATION_TIMEOUT = Duration.ofSeconds(10);
    /** An executor that comes back again and again is spoken of so often. */
    private static final Duration LOG_PERIOD = Duration.ofMinutes(1);

    private final Duration registrationTimeout;
    private final Selector selector;
    private final RecordCodec codec = new RecordCodec();
    private final Map<String, ServerSocketChannel> doors = new ConcurrentHashMap<>();
    /** Of which run it was said when that a connection was closed; the sockets' thread's. */
    private final Map<String, Long> saidNs = new HashMap<>();

    private long patrolledNs = System.nanoTime();

    ExecutorSockets() throws IOException {
        this(REGISTRATION_TIMEOUT);
    }

    /** @param registrationTimeout who does not register for so long on a connection, loses it */
    ExecutorSockets(Duration registrationTimeout) throws IOException {
        this.registrationTimeout = registrationTimeout;
        this.selector = Selector.open();
    }

    /** Begins to serve; who connected before has waited. */
    void start(Listener listener) {
        Thread thread = new Thread(() -> serve(listener), "millrace-executors-io");
        thread.setDaemon(true);
        thread.start();
    }

    /** Lets the executor of a run connect. */
    void listen(String run, Path socket) throws IOException {
        Files.deleteIfExists(socket);
        ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            door.bind(UnixDomainSocketAddress.of(socket));
            door.configureBlocking(false);
            door.register(selector, SelectionKey.OP_ACCEPT, run);
            doors.put(run, door);
            selector.wakeup();
        } catch (IOException e) {
            door.close();
            throw e;
        }
    }

    /** Lets nobody connect to a run any more, and ends its connections. */
    void unlisten(String run) {
        ServerSocketChannel door = doors.remove(run);
        try {
            if (door != null) {
                door.close();
            }
        } catch (IOException e) {
            log.debug("the socket of {} could not be closed", run, e);
        }
        connections(run).forEach(connection -> connection.close("its executor is over"));
    }

    private List<Connection> connections(String run) {
        return selector.keys().stream()
                .map(SelectionKey::attachment)
                .filter(Connection.class::isInstance)
                .map(Connection.class::cast)
                .filter(connection -> connection.run.equals(run))
                .toList();
    }

    private void serve(Listener listener) {
        try {
            while (selector.isOpen()) {
                selector.select(key -> serve(key, listener), PATROL_PERIOD.toMillis());
                patrol(listener);
            }
        } catch (IOException | RuntimeException e) {
            if (selector.isOpen()) {
                log.error("executors cannot be heard any more; the agent has to be restarted", e);
            }
        }
    }

    private void serve(SelectionKey key, Listener listener) {
        try {
            if (key.attachment() instanceof Connection connection) {
                serve(key, connection, listener);
            } else if (key.isAcceptable()) {
                accept(key, (ServerSocketChannel) key.channel(), (String) key.attachment());
            }
        } catch (IOException | CancelledKeyException e) {
            log.debug("a socket of executors failed", e);
        } catch (RuntimeException e) {
            // The other executors have nothing to do with it.
            log.error("a socket of executors went wrong", e);
            if (key.attachment() instanceof Connection connection) {
                close(connection, "the agent failed: " + e);
                listener.closed(connection);
            }
        }
    }

    /** Does what is to be done from time to time. */
    private void patrol(Listener listener) {
        long nowNs = System.nanoTime();
        if (nowNs - patrolledNs < PATROL_PERIOD.toNanos()) {
            return;
        }
        patrolledNs = nowNs;
        saidNs.values().removeIf(said -> nowNs - said >= LOG_PERIOD.toNanos());
        for (SelectionKey key : selector.keys()) {
            if (!key.isValid()) {
                continue;
            }
            if (!(key.attachment() instanceof Connection connection)) {
                key.interestOps(SelectionKey.OP_ACCEPT);
            } else if (!connection.isRegistered && nowNs - connection.sinceNs >= registrationTimeout.toNanos()) {
                close(connection, "it has not registered");
                listener.closed(connection);
            }
        }
    }

    private void accept(SelectionKey key, ServerSocketChannel door, String run) throws IOException {
        SocketChannel channel;
        try {
            channel = door.accept();
        } catch (IOException e) {
            // Who waits would be announced again at once, so nobody is heard until the next patrol.
            log.warn("nobody can be connected to {} at present: {}", run, e.toString());
            key.interestOps(0);
            return;
        }
        if (channel == null) {
            return;
        }
        int there = connections(run).size();
        if (there >= MAX_CONNECTIONS) {
            log.debug("{} has {} connections; another is refused", run, there);
            channel.close();
            return;
        }
        channel.configureBlocking(false);
        Connection connection = new Connection(run, channel);
        connection.attach(channel.register(selector, SelectionKey.OP_READ, connection));
    }

    private void serve(SelectionKey key, Connection connection, Listener listener) {
        String why = connection.closing();
        try {
            if (why == null && key.isWritable()) {
                connection.write();
            }
            if (why == null && key.isReadable()) {
                why = read(connection, listener);
            }
        } catch (IOException | CancelledKeyException e) {
            why = String.valueOf(e.getMessage());
        }
        if (why != null) {
            close(connection, why);
            listener.closed(connection);
        }
    }

    /** Reads what there is; says why the connection is over, or null. */
    private @Nullable String read(Connection connection, Listener listener) throws IOException {
        for (byte[] bytes = connection.reader.read(connection.channel);
                bytes != null;
                bytes = connection.reader.read(connection.channel)) {
            Decoded decoded = codec.decode(bytes);
            if (decoded instanceof Decoded.Fault fault) {
                return "it sent what can't be understood: " + fault.detail();
            }
            SpecificRecord message = ((Decoded.Value) decoded).record();
            if (!ExecutorRules.FROM_EXECUTOR.contains(message.getClass())) {
                return "it sent a " + message.getSchema().getName() + ", which is not an executor's to send";
            }
            boolean goOn = connection.mayReadAfterAnother();
            listener.received(connection, message);
            if (!goOn) {
                return null;
            }
        }
        return connection.reader.hasEnded() ? "it was closed at the other end" : null;
    }

    private void close(Connection connection, String why) {
        if (saidNs.putIfAbsent(connection.run, System.nanoTime()) == null) {
            log.info("the {} is closed: {}", connection, why);
        } else {
            log.debug("the {} is closed again: {}", connection, why);
        }
        try {
            connection.release();
        } catch (IOException e) {
            log.debug("the {} could not be closed", connection, e);
        }
    }

    @Override
    public void close() {
        if (!selector.isOpen()) {
            return;
        }
        for (ServerSocketChannel door : doors.values()) {
            try {
                door.close();
            } catch (IOException e) {
                log.debug("a socket could not be closed", e);
            }
        }
        try {
            for (SelectionKey key : selector.keys()) {
                if (key.attachment() instanceof Connection connection) {
                    connection.release();
                }
            }
            selector.close();
        } catch (IOException e) {
            log.debug("the sockets could not all be closed", e);
        }
    }
}
