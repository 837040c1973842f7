package dev.millrace.agent.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutorSocketsTest {
    @TempDir
    private Path directory;

    private final CompletableFuture<Connection> closed = new CompletableFuture<>();

    private final ExecutorSockets.Listener listener = new ExecutorSockets.Listener() {
        @Override
        public void received(Connection connection, SpecificRecord message) {}

        @Override
        public void closed(Connection connection) {
            closed.complete(connection);
        }
    };

    @Test
    void letsNobodyStayWhoDoesNotRegister() throws Exception {
        Path socket = directory.resolve("s");
        try (ExecutorSockets sockets = new ExecutorSockets(Duration.ofMillis(1))) {
            sockets.listen("x", socket);
            sockets.start(listener);
            try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                assertThat(endOf(silent)).isEqualTo(-1);
                assertThat(closed.get(20, TimeUnit.SECONDS).run).isEqualTo("x");
            }
        }
    }

    private static int endOf(SocketChannel channel) throws IOException {
        return channel.read(ByteBuffer.allocate(1));
    }
}
