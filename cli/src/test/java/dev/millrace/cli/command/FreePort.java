package dev.millrace.cli.command;

import java.io.IOException;
import java.net.ServerSocket;

/** Finds a port that nobody listens on, so that clusters of several tests do not want the same one. */
final class FreePort {
    private FreePort() {}

    static int any() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
