package dev.millrace.bench.recovery;

import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

/** What a broker's process runs. */
final class BrokerProgram {
    /** What it writes when clients can use the broker begins so. */
    static final String READY = "broker on ";

    private BrokerProgram() {}

    /** Runs a broker until it is killed: in that directory, on that port. */
    public static void main(String[] args) throws InterruptedException {
        try (EmbeddedBroker broker =
                EmbeddedBroker.start(BrokerSettings.in(Path.of(args[0])).withPort(Integer.parseInt(args[1])))) {
            System.out.println(READY + broker.bootstrapServers());
            Thread.currentThread().join();
        }
    }

    /** A port that nobody listened on a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            return socket.getLocalPort();
        }
    }
}
