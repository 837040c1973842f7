package dev.millrace.chaos.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses ports that nobody listens on, below those that the kernel gives to outgoing connections: while a broker is away, a client that connects
 * to its port in vain could otherwise be given that very port as its own, and find itself.
 */
final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int LAST = 30_000;

    private int next = ThreadLocalRandom.current().nextInt(FIRST, LAST);

    /** The next one that is free at the moment; none is given twice. */
    int next() throws IOException {
        for (int tries = FIRST; tries < LAST; tries++) {
            next = next == LAST ? FIRST : next + 1;
            if (isFree(next)) {
                return next;
            }
        }
        throw new IOException("no port from " + FIRST + " to " + LAST + " is free");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("localhost"))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
