package dev.millrace.cli.command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Looks whether brokers can be reached at all: Kafka's clients would try for a quarter of a minute before they say that none can. */
final class Brokers {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private Brokers() {}

    /** Returns if one of the brokers accepts a connection; a failure that says of each why it does not otherwise. */
    static void requireReachable(String bootstrapServers) {
        List<String> complaints = new ArrayList<>();
        for (var server : bootstrapServers.split(",")) {
            var complaint = complaint(server.strip());
            if (complaint == null) {
                return;
            }
            complaints.add(complaint);
        }
        throw new CommandFailure("no broker can be reached: " + String.join("; ", complaints)
                + "; see that the cluster runs and that --bootstrap-server is right");
    }

    private static @Nullable String complaint(String server) {
        var host = Utils.getHost(server);
        var port = Utils.getPort(server);
        if (host == null || port == null) {
            throw CommandFailure.usage("'" + server + "' is no broker's address; write host:port");
        }
        var address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            return "there is no host " + host;
        }
        try (var socket = new Socket()) {
            socket.connect(address, (int) CONNECT_TIMEOUT.toMillis());
            return null;
        } catch (IOException e) {
            return server + " does not answer (" + e.getMessage() + ")";
        }
    }
}
