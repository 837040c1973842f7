package dev.millrace.cli.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.local.BrokerSettings;
import dev.millrace.local.BrokerStartException;
import dev.millrace.local.EmbeddedBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerPortTest {
    @TempDir
    private Path directory;

    private LocalClusterException portTaken;
    private int starts;

    @BeforeEach
    void loseAPort() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            var settings = BrokerSettings.in(directory.resolve("broker")).withPort(other.getLocalPort());
            var cause = catchThrowableOfType(BrokerStartException.class, () -> EmbeddedBroker.start(settings));
            portTaken = new LocalClusterException("taken", cause);
        }
    }

    @Test
    void startsOnceMoreIfItsPortWasTaken() throws Exception {
        String started = BrokerPort.untilKept(() -> {
            starts++;
            if (starts < 3) {
                throw portTaken;
            }
            return "started";
        });

        assertThat(started).isEqualTo("started");
        assertThat(starts).isEqualTo(3);
    }

    @Test
    void givesUpIfItsPortsAreTakenAgainAndAgain() {
        assertThatThrownBy(() -> BrokerPort.untilKept(() -> {
                    starts++;
                    throw portTaken;
                }))
                .isSameAs(portTaken);
        assertThat(starts).isEqualTo(3);
    }

    @Test
    void doesNotTryAgainForAnotherReason() {
        var other = new LocalClusterException("another reason");

        assertThatThrownBy(() -> BrokerPort.untilKept(() -> {
                    starts++;
                    throw other;
                }))
                .isSameAs(other);
        assertThat(starts).isEqualTo(1);
    }
}
