package dev.millrace.connect;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.connector.policy.AllConnectorClientConfigOverridePolicy;
import org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.runtime.AbstractStatus;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.Worker;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.apache.kafka.connect.runtime.standalone.StandaloneHerder;
import org.apache.kafka.connect.storage.FileOffsetBackingStore;
import org.apache.kafka.connect.util.FutureCallback;

/** A real Kafka Connect worker in this process, set up and given connectors by the files in {@code examples/connect}. */
final class ConnectWorker implements AutoCloseable {
    static final Path EXAMPLES = Path.of("..", "examples", "connect");

    private static final int SECONDS_TO_START = 30;

    private final StandaloneHerder herder;

    /** @param changes what the examples' worker properties cannot know, such as the broker */
    ConnectWorker(Map<String, String> changes) {
        Map<String, String> properties = example("worker.properties", changes);
        // The class path of the tests has all plugins.
        properties.remove("plugin.path");
        Plugins plugins = new Plugins(properties);
        plugins.compareAndSwapWithDelegatingLoader();
        StandaloneConfig config = new StandaloneConfig(properties);
        FileOffsetBackingStore offsets = new FileOffsetBackingStore(
                plugins.newInternalConverter(true, JsonConverter.class.getName(), Map.of("schemas.enable", "false")));
        offsets.configure(config);
        ConnectorClientConfigOverridePolicy policy = new AllConnectorClientConfigOverridePolicy();
        Worker worker = new Worker("test", Time.SYSTEM, plugins, config, offsets, policy);
        herder = new StandaloneHerder(worker, "test-cluster", policy);
        herder.start();
    }

    /** Starts the connector of an example, with some of its properties changed. */
    void start(String file, Map<String, String> changes) {
        Map<String, String> properties = example(file, changes);
        FutureCallback<Herder.Created<ConnectorInfo>> done = new FutureCallback<>();
        herder.putConnectorConfig(properties.get("name"), properties, false, done);
        try {
            done.get(SECONDS_TO_START, SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("cannot start the connector of " + file, e);
        }
    }

    /** Why a connector's only task has failed; empty if it has not. */
    String failure(String connector) {
        ConnectorStateInfo status = herder.connectorStatus(connector);
        return status.tasks().stream()
                .filter(task -> task.state().equals(AbstractStatus.State.FAILED.name()))
                .map(ConnectorStateInfo.TaskState::trace)
                .findFirst()
                .orElse("");
    }

    private static Map<String, String> example(String file, Map<String, String> changes) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(EXAMPLES.resolve(file))) {
            properties.load(reader);
        } catch (IOException e) {
            throw new AssertionError("cannot read the example " + file, e);
        }
        Map<String, String> all = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> all.put(name, properties.getProperty(name)));
        for (String name : changes.keySet()) {
            if (!name.contains(".converter.") && !all.containsKey(name)) {
                throw new AssertionError(file + " has no " + name + " that could be changed");
            }
        }
        all.putAll(changes);
        return all;
    }

    @Override
    public void close() {
        herder.stop();
    }
}
