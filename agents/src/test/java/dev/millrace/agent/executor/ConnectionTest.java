package dev.millrace.agent.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTest {
    /** More than a socket holds. */
    private static final int LARGE = 900_000;

    @TempDir
    private Path directory;

    private ServerSocketChannel door;
    private SocketChannel executor;
    private Connection connection;

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
        door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        door.bind(address);
        executor = SocketChannel.open(address);
        executor.configureBlocking(false);
        SocketChannel ours = door.accept();
        ours.configureBlocking(false);
        ours.setOption(StandardSocketOptions.SO_SNDBUF, LARGE / 10);
        connection = new Connection("x", ours);
    }

    @AfterEach
    void close() throws IOException {
        connection.release();
        executor.close();
        door.close();
    }

    private int received() throws IOException {
        return executor.read(ByteBuffer.allocate(2 * LARGE));
    }

    @Test
    void keepsAFrameBackThatMayNotLeaveAnyMore() throws IOException {
        AtomicBoolean withdrawn = new AtomicBoolean();
        Connection.Outbound late = connection.send(new byte[10], () -> false, () -> withdrawn.set(true));
        Connection.Outbound next = connection.send(new byte[20]);

        connection.write();

        assertThat(withdrawn).isTrue();
        assertThat(late.isWritten()).isFalse();
        assertThat(next.isWritten()).isTrue();
        assertThat(received()).isEqualTo(4 + 20);
    }

    @Test
    void endsRatherThanWriteTheRestOfAFrameThatMayNotLeaveAnyMore() throws IOException {
        AtomicBoolean leave = new AtomicBoolean(true);
        Connection.Outbound frame = connection.send(new byte[LARGE], leave::get, () -> {});
        connection.write();
        leave.set(false);

        connection.write();

        assertThat(received()).isPositive();
        assertThat(connection.closing()).isNotNull();
        assertThat(frame.isWritten()).isFalse();
    }

    @Test
    void readsNoMoreOfWhoDoesNotReadWhatItIsSentUntilItDoes() throws IOException {
        connection.send(new byte[LARGE]);
        assertThat(connection.mayReadAfterAnother()).isTrue();
        connection.send(new byte[LARGE]);
        assertThat(connection.mayReadAfterAnother()).isFalse();

        do {
            connection.write();
        } while (received() > 0);

        assertThat(connection.mayReadAfterAnother()).isTrue();
    }

    @Test
    void writesNothingOnceItIsToClose() throws IOException {
        Connection.Outbound frame = connection.send(new byte[10]);
        connection.close("enough");

        connection.write();

        assertThat(frame.isWritten()).isFalse();
        assertThat(received()).isZero();
    }
}
