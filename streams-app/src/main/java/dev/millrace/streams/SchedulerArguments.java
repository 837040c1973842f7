package dev.millrace.streams;

import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes a configuration of a properties file and command-line options, of which the latter go before. All faults are found at once.
 * Mutable; owned by {@link #parse}.
 */
final class SchedulerArguments {
    private static final String CONFIG_OPTION = "config";

    private final EnumMap<SchedulerOption, String> values = new EnumMap<>(SchedulerOption.class);
    private final Map<String, String> kafka = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    private SchedulerArguments() {}

    /**
     * The configuration that the options ask for.
     *
     * @param arguments {@code --name value} or {@code --name=value}; {@code --config FILE} names a properties file
     * @throws SchedulerException if something is wrong with them; the message names every fault
     */
    static SchedulerConfig parse(List<String> arguments) {
        SchedulerArguments parsed = new SchedulerArguments();
        Map<String, String> options = parsed.options(arguments);
        String file = options.remove(CONFIG_OPTION);
        if (file != null) {
            parsed.readFile(Path.of(file));
        }
        options.forEach((key, value) -> parsed.set(key, value, "--" + key));
        return parsed.config();
    }

    private Map<String, String> options(List<String> arguments) {
        Map<String, String> options = new TreeMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--")) {
                faults.add("'" + argument + "' is no option; options begin with --");
            } else if (equals > 0) {
                options.put(argument.substring(2, equals), argument.substring(equals + 1));
            } else if (i + 1 < arguments.size()) {
                options.put(argument.substring(2), arguments.get(++i));
            } else {
                faults.add(argument + " lacks a value");
            }
        }
        return options;
    }

    private void readFile(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            faults.add("cannot read " + file + ": " + e);
        }
        properties.forEach((key, value) -> set(key.toString(), value.toString().strip(), file + ": " + key));
    }

    private void set(String key, String value, String where) {
        Optional<SchedulerOption> option = SchedulerOption.named(key);
        if (option.isPresent()) {
            values.put(option.get(), value);
        } else if (key.startsWith(SchedulerOption.KAFKA_PREFIX)) {
            kafka.put(key.substring(SchedulerOption.KAFKA_PREFIX.length()), value);
        } else {
            faults.add(where + " is unknown; there are " + names() + ", and any setting of Kafka's after "
                    + SchedulerOption.KAFKA_PREFIX);
        }
    }

    private SchedulerConfig config() {
        int threads = number(SchedulerOption.THREADS, Runtime.getRuntime().availableProcessors());
        int tickMs = number(SchedulerOption.TICK_INTERVAL_MS, (int) SchedulerConfig.DEFAULT_TICK_INTERVAL.toMillis());
        int commitMs =
                number(SchedulerOption.COMMIT_INTERVAL_MS, (int) SchedulerConfig.DEFAULT_COMMIT_INTERVAL.toMillis());
        SchedulerConfig config = null;
        try {
            config = new SchedulerConfig(
                    text(SchedulerOption.BOOTSTRAP_SERVERS).orElse("localhost:9092"),
                    new Topics(text(SchedulerOption.PREFIX).orElse(Topics.DEFAULT_PREFIX)),
                    text(SchedulerOption.STATE_DIR)
                            .map(Path::of)
                            .orElseGet(() -> Path.of(System.getProperty("user.home"), ".millrace", "scheduler")),
                    text(SchedulerOption.INSTANCE_ID),
                    threads,
                    Duration.ofMillis(tickMs),
                    Duration.ofMillis(commitMs),
                    list(SchedulerOption.ACCEPT_TOPIC_ID),
                    kafka);
        } catch (IllegalArgumentException e) {
            faults.add(e.getMessage());
        }
        if (config == null || !faults.isEmpty()) {
            throw new SchedulerException(String.join("\n", faults));
        }
        return config;
    }

    private Optional<String> text(SchedulerOption option) {
        return Optional.ofNullable(values.get(option));
    }

    private Set<String> list(SchedulerOption option) {
        return text(option).stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .collect(Collectors.toSet());
    }

    private int number(SchedulerOption option, int otherwise) {
        String text = values.get(option);
        if (text == null) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            faults.add(option.key() + " is '" + text + "'; it must be a whole number");
            return otherwise;
        }
    }

    private static String names() {
        return Arrays.stream(SchedulerOption.values()).map(SchedulerOption::key).collect(Collectors.joining(", "));
    }
}
