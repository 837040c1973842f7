package dev.millrace.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The one broker that all integration tests of a JVM share, started when the first of them asks and stopped with the JVM.
 *
 * <p>It is Kafka's published container image where a Docker engine answers, and an {@link EmbeddedBroker} where none does, both with
 * the same broker settings; one line on standard output says which. The system property {@code millrace.test.broker}, set to
 * {@code container} or {@code embedded}, decides instead. Tests keep apart by their topics' prefix: see {@link #newPrefix}.
 *
 * <p>Only for tests: a module that uses it has Testcontainers on its test class path.
 */
public final class TestBroker {

    static final DockerImageName IMAGE = DockerImageName.parse("apache/kafka:4.2.1");
    private static final AtomicInteger prefixes = new AtomicInteger();

    private TestBroker() {}

    /** What a client gives as {@code bootstrap.servers}. */
    public static String bootstrapServers() {
        return Shared.BOOTSTRAP_SERVERS;
    }

    /** A topic prefix (or group, or transactional id) that no other test has, such as {@code kills-3.}. */
    public static String newPrefix(String name) {
        return name + "-" + prefixes.incrementAndGet() + ".";
    }

    /** By which Kafka's image is given a broker property. */
    static String environmentVariable(String property) {
        return "KAFKA_" + property.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** Started by the class loader when it is first asked for, hence once. */
    private static final class Shared {

        static final String BOOTSTRAP_SERVERS = start();

        private static String start() {
            String wanted = System.getProperty("millrace.test.broker", "auto");
            return switch (wanted) {
                case "auto" -> DockerClientFactory.instance().isDockerAvailable() ? container() : embedded();
                case "container" -> container();
                case "embedded" -> embedded();
                default ->
                    throw new IllegalArgumentException(
                            "millrace.test.broker is 'auto', 'container' or 'embedded', not '" + wanted + "'");
            };
        }

        @SuppressWarnings("resource") // Lives as long as the JVM; Testcontainers removes it then.
        private static String container() {
            KafkaContainer container = new KafkaContainer(IMAGE);
            settings(Path.of("unused"))
                    .serverProperties()
                    .forEach((name, value) -> container.withEnv(environmentVariable(name), value));
            container.start();
            announce("a container of " + IMAGE, container.getBootstrapServers());
            return container.getBootstrapServers();
        }

        private static String embedded() {
            try {
                Path dataDir = Files.createTempDirectory("millrace-broker-");
                EmbeddedBroker broker = EmbeddedBroker.start(settings(dataDir));
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(broker), "test-broker-close"));
                announce("the embedded broker", broker.bootstrapServers());
                return broker.bootstrapServers();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot make a directory for the test broker", e);
            }
        }

        private static void remove(EmbeddedBroker broker) {
            broker.close();
            try (Stream<Path> files = Files.walk(broker.dataDir())) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot remove " + broker.dataDir(), e);
            }
        }

        private static BrokerSettings settings(Path dataDir) {
            // Where a machine is too busy for the heartbeats, the controller must not give up the only broker.
            return BrokerSettings.in(dataDir).with("broker.session.timeout.ms", "60000");
        }

        private static void announce(String what, String where) {
            System.out.println("Integration tests run against " + what + " on " + where);
        }
    }
}
