package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/**
 * A service: a Kafka Streams application that counts words, run as a task that is started again whenever it ends. Submitting it takes the cluster's
 * bootstrap servers and the topics of lines and of counts, which exist; the task itself runs the same program with {@code work} before these.
 */
public final class StreamsJob {
    private StreamsJob() {}

    public static void main(String[] args) {
        if (args[0].equals("work")) {
            work(args[1], args[2], args[3]);
        } else {
            System.out.println(submit(args[0], args[1], args[2]));
        }
    }

    /** Asks for the service, which agents on this machine can start since they find its classes where this program does; returns the task's id. */
    static String submit(String bootstrapServers, String lines, String counts) {
        TaskRequest task = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("word-count-of-" + lines)
                .setRole("eng/services")
                .setArgv(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StreamsJob.class.getName(),
                        "work",
                        bootstrapServers,
                        lines,
                        counts))
                .setResources(
                        Resources.newBuilder().setCpuMillis(200).setMemMib(256).build())
                .setRestartPolicy(RestartPolicy.newBuilder()
                        .setMode(RestartMode.ALWAYS)
                        .setAttempts(0)
                        .build())
                .build();
        try (MillraceClient client = new MillraceClient(ClusterConfig.of(bootstrapServers))) {
            client.submit(task).join();
            return task.getTaskId();
        }
    }

    private static void work(String bootstrapServers, String lines, String counts) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(lines, Consumed.with(Serdes.String(), Serdes.String()))
                .flatMapValues(line -> Arrays.asList(line.toLowerCase(Locale.ROOT).split("\\W+")))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
                .count()
                .toStream()
                .to(counts, Produced.with(Serdes.String(), Serdes.Long()));
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, System.getenv("MILLRACE_TASK_ID"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, Path.of("state").toAbsolutePath().toString());
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
