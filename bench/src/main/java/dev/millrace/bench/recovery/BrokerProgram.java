package dev.millrace.bench.recovery;

import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;

/** What a broker's process runs. */
final class BrokerProgram {
    private BrokerProgram() {}

    /** Runs a broker until it is killed: in that directory, on that port. */
    public static void main(String[] args) throws InterruptedException {
        try (EmbeddedBroker broker =
                EmbeddedBroker.start(BrokerSettings.in(Path.of(args[0])).withPort(Integer.parseInt(args[1])))) {
            System.out.println("broker on " + broker.bootstrapServers());
            Thread.currentThread().join();
        }
    }

    /** The words that start it with this program's own Java and class path. */
    static List<String> command(Path dataDir, int port) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                BrokerProgram.class.getName(),
                dataDir.toString(),
                Integer.toString(port));
    }

    /** A port that nobody listened on a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            return socket.getLocalPort();
        }
    }
}
