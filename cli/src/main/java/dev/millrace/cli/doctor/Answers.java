package dev.millrace.cli.doctor;

import dev.millrace.client.ClusterException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** Waits for what brokers answer. */
final class Answers {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final String bootstrapServers;

    Answers(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
    }

    /** @throws ClusterException if there is none; it says what was asked for */
    <T> T get(KafkaFuture<T> answer, String what) {
        try {
            return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ClusterException(
                    "cannot ask " + bootstrapServers + " for " + what + ": " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new ClusterException("cannot ask " + bootstrapServers + " for " + what + ": no answer", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    static Map<String, String> settings(@Nullable Config config) {
        Map<String, String> settings = new TreeMap<>();
        if (config != null) {
            for (ConfigEntry entry : config.entries()) {
                if (entry.value() != null) {
                    settings.put(entry.name(), entry.value());
                }
            }
        }
        return settings;
    }
}
