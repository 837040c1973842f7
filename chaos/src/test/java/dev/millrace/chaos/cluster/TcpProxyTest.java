package dev.millrace.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.local.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TcpProxyTest {
    private static final int SHORT_MS = 200;
    private static final int LONG_MS = 10_000;

    private ServerSocket broker;
    private TcpProxy proxy;
    private int port;

    @BeforeEach
    void start() throws IOException {
        broker = new ServerSocket(FreePorts.next(), 5, InetAddress.getByName("localhost"));
        port = FreePorts.next();
        proxy = new TcpProxy(port, broker.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        broker.close();
    }

    @Test
    void holdsBackWhatIsSentWhileItIsCutAndHandsItOverLater() throws IOException {
        try (Socket client = connect();
                Socket server = broker.accept()) {
            client.getOutputStream().write(1);
            assertThat(server.getInputStream().read()).isEqualTo(1);

            proxy.cut();
            client.getOutputStream().write(2);
            server.setSoTimeout(SHORT_MS);
            assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            proxy.heal();
            server.setSoTimeout(LONG_MS);
            assertThat(server.getInputStream().read()).isEqualTo(2);
        }
    }

    @Test
    void letsNobodyInWhileItIsCut() throws IOException {
        proxy.cut();
        try (Socket client = connect()) {
            broker.setSoTimeout(SHORT_MS);
            assertThatThrownBy(() -> broker.accept()).isInstanceOf(SocketTimeoutException.class);

            proxy.heal();
            broker.setSoTimeout(LONG_MS);
            try (Socket server = broker.accept()) {
                server.getOutputStream().write(3);
                assertThat(client.getInputStream().read()).isEqualTo(3);
            }
        }
    }

    @Test
    void closesWhatLeadsToNobody() throws IOException {
        broker.close();

        try (Socket client = connect()) {
            client.setSoTimeout(LONG_MS);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getByName("localhost"), port);
    }
}
