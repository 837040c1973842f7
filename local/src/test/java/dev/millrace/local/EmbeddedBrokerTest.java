package dev.millrace.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedBrokerTest {

    @TempDir
    Path dataDir;

    @Test
    void keepsItsRecordsWhenItIsStartedAgainOnTheSameDirectoryAndPort() {
        int port;
        try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dataDir))) {
            port = broker.port();
            Traffic traffic = new Traffic(broker.bootstrapServers());
            traffic.createTopic("kept");
            traffic.send("kept", List.of("before"));
        }

        try (EmbeddedBroker broker =
                EmbeddedBroker.start(BrokerSettings.in(dataDir).withPort(port))) {
            Traffic traffic = new Traffic(broker.bootstrapServers());
            traffic.send("kept", List.of("after"));

            assertThat(broker.port()).isEqualTo(port);
            assertThat(traffic.read("kept", 2)).containsExactly("before", "after");
        }
    }

    @Test
    void keepsWhatItAcknowledgedWhenItsProcessIsKilled() throws IOException {
        int port;
        try (BrokerProcess killed = BrokerProcess.start(dataDir)) {
            port = killed.port();
            Traffic traffic = new Traffic(killed.bootstrapServers());
            traffic.createTopic("kept");
            traffic.sendInTransaction("kept", List.of("committed", "too"));
        }

        try (EmbeddedBroker broker =
                EmbeddedBroker.start(BrokerSettings.in(dataDir).withPort(port))) {
            Traffic traffic = new Traffic(broker.bootstrapServers());
            traffic.sendInTransaction("kept", List.of("after"));

            assertThat(traffic.read("kept", 3)).containsExactly("committed", "too", "after");
        }
    }

    @Test
    void saysThatAnotherProcessHasTheDirectory() throws IOException {
        try (BrokerProcess other = BrokerProcess.start(dataDir)) {
            assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(dataDir)))
                    .isInstanceOf(BrokerStartException.class)
                    .hasMessage("the data directory " + dataDir + " is in use by process " + other.pid()
                            + "; stop that process, or choose another directory");
        }
    }

    @Test
    void worksOnStockSettings() {
        try (EmbeddedBroker broker =
                EmbeddedBroker.start(BrokerSettings.in(dataDir).stock())) {
            Traffic traffic = new Traffic(broker.bootstrapServers());
            traffic.createTopic("stock");
            traffic.sendInTransaction("stock", List.of("a"));

            assertThat(traffic.read("stock", 1)).containsExactly("a");
        }
    }

    @Test
    void saysThatThePortIsInUse() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            BrokerSettings settings = BrokerSettings.in(dataDir).withPort(other.getLocalPort());

            assertThatThrownBy(() -> EmbeddedBroker.start(settings))
                    .isInstanceOf(BrokerStartException.class)
                    .hasMessage("port " + other.getLocalPort()
                            + " is in use; stop what listens there, or choose another port");
        }
    }

    /** As if it had been taken after it was found free: Kafka is the first to see it. */
    @Test
    void saysWhichPortsKafkaWasToListenOnIfItFindsOneInUse() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            int free = FreePorts.next();
            BrokerSettings settings = BrokerSettings.in(dataDir)
                    .withPort(free)
                    .with(new ExtraListener("EXTRA", other.getLocalPort(), other.getLocalPort()));

            assertThatThrownBy(() -> EmbeddedBroker.start(settings))
                    .isInstanceOfSatisfying(
                            BrokerStartException.class,
                            e -> assertThat(e.isPortInUse()).isTrue())
                    .hasMessage("one of the ports " + free + ", " + other.getLocalPort()
                            + " is in use; stop what listens there, or choose another port");
        }
    }

    @Test
    void saysThatTheDirectoryIsInUseAndByWhom() {
        try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(dataDir))) {
            assertThatThrownBy(() -> EmbeddedBroker.start(BrokerSettings.in(dataDir)))
                    .isInstanceOf(BrokerStartException.class)
                    .hasMessageContaining(broker.dataDir().toString())
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void refusesABrokerPropertyThatKafkaRefusesAndLetsGoOfTheDirectory() {
        BrokerSettings wrong = BrokerSettings.in(dataDir).with("num.io.threads", "0");

        assertThatThrownBy(() -> EmbeddedBroker.start(wrong)).hasMessageContaining("num.io.threads");

        EmbeddedBroker.start(wrong.with("num.io.threads", "1")).close();
    }
}
