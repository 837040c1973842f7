package dev.millrace.cli.up;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Chooses the port of a local cluster's broker. */
final class BrokerPort {
    private static final int USUAL = 9092;

    private BrokerPort() {}

    /** The wanted port if it is not 0; else the one that the directory's cluster had before if it is free, else Kafka's usual one, else any. */
    static int choose(int wanted, ClusterDirectory directory) throws IOException {
        if (wanted != 0) {
            return wanted;
        }
        int before = Endpoint.read(directory.path()).map(Endpoint::port).orElse(USUAL);
        if (isFree(before)) {
            return before;
        }
        return isFree(USUAL) ? USUAL : anyFree();
    }

    /** A port that nobody listened on a moment ago. */
    static int anyFree() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            return socket.getLocalPort();
        }
    }

    private static boolean isFree(int port) throws IOException {
        var host = InetAddress.getByName("localhost");
        try (var socket = new ServerSocket(port, 1, host)) {
            return socket.isBound();
        } catch (java.net.BindException e) {
            return false;
        }
    }
}
