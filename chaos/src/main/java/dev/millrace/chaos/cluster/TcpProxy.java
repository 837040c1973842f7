package dev.millrace.chaos.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what is sent to a port of this machine to another port, and can hold all of it back, in both directions, as a network that is cut in
 * two does: connections stay, nothing arrives, and what was sent meanwhile arrives late. Any thread may use it; it has two threads for each
 * connection.
 */
final class TcpProxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TcpProxy.class);
    private static final String HOST = "localhost";
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int BACKLOG = 50;

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object gate = new Object();
    private boolean cut;
    private volatile boolean closed;

    /**
     * Starts it.
     *
     * @param port where it listens
     * @param target the port that it passes on to
     */
    TcpProxy(int port, int target) throws IOException {
        this.target = target;
        server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getByName(HOST), port), BACKLOG);
        start("accept", this::accept);
    }

    /** Holds everything back from now on. */
    void cut() {
        synchronized (gate) {
            cut = true;
        }
    }

    /** Lets through what was held back, and what comes. */
    void heal() {
        synchronized (gate) {
            cut = false;
            gate.notifyAll();
        }
    }

    @Override
    public void close() {
        closed = true;
        heal();
        close(server);
        sockets.forEach(TcpProxy::close);
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = server.accept();
                sockets.add(client);
                start("connect", () -> connect(client));
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("the proxy on {} can't accept: {}", server.getLocalPort(), e.toString());
                }
            }
        }
    }

    private void connect(Socket client) {
        awaitOpen();
        Socket broker = new Socket();
        sockets.add(broker);
        try {
            client.setTcpNoDelay(true);
            broker.setTcpNoDelay(true);
            broker.connect(new InetSocketAddress(InetAddress.getByName(HOST), target));
            start("forth", () -> pump(client, broker));
            pump(broker, client);
        } catch (IOException e) {
            end(client, broker); // Nobody listens there; the client is to see the same.
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitOpen();
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            LOG.debug("a connection of the proxy on {} broke: {}", server.getLocalPort(), e.toString());
        }
        // The news that one side has gone is held back as well.
        awaitOpen();
        end(from, to);
    }

    private void awaitOpen() {
        synchronized (gate) {
            while (cut && !closed) {
                try {
                    gate.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    private void end(Socket one, Socket other) {
        close(one);
        close(other);
        sockets.remove(one);
        sockets.remove(other);
    }

    private static void close(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            LOG.debug("closing: {}", e.toString());
        }
    }

    private void start(String what, Runnable work) {
        Thread thread = new Thread(work, "proxy-" + server.getLocalPort() + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }
}
