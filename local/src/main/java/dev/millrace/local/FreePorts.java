package dev.millrace.local;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chooses ports of this machine that nobody listens on, below those that the kernel gives by default to outgoing connections and to
 * listeners that take any. Those could be gone again before a broker listens on them; and while a broker is away, a client that connects
 * to its port in vain could be given that very port as its own, and find itself.
 *
 * <p>Thread-safe.
 */
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int COUNT = 18_000;
    private static final AtomicInteger tried =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private FreePorts() {}

    /** One that is free at the moment; none is given twice by a process, until all were given. */
    public static int next() throws IOException {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + Math.floorMod(tried.incrementAndGet(), COUNT);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no port from " + FIRST + " to " + (FIRST + COUNT - 1) + " is free");
    }

    /** Whether nobody of this machine listens on it at the moment. */
    public static boolean isFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("localhost"))) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        }
    }
}
