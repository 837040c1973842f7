package dev.millrace.streams;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Runs one scheduler instance until it is told to stop by SIGTERM or SIGINT, or gives up. */
public final class SchedulerMain {
    /** It gave up, or could not start. */
    static final int EXIT_FAILURE = 1;
    /** The options were wrong. */
    static final int EXIT_USAGE = 2;

    private static final String LOGBACK_CONFIGURATION = "logback.configurationFile";

    private SchedulerMain() {}

    public static void main(String[] args) {
        // Before the first logger is made. Whoever names a file of their own is heard.
        if (System.getProperty(LOGBACK_CONFIGURATION) == null) {
            System.setProperty(LOGBACK_CONFIGURATION, "dev/millrace/streams/logback-scheduler.xml");
        }
        System.exit(run(Arrays.asList(args)));
    }

    private static int run(List<String> arguments) {
        if (arguments.contains("--help")) {
            printHelp(System.out);
            return 0;
        }
        SchedulerConfig config;
        try {
            config = SchedulerArguments.parse(arguments);
        } catch (SchedulerException e) {
            System.err.println(e.getMessage());
            return EXIT_USAGE;
        }
        SchedulerApp app = new SchedulerApp(config);
        Runtime.getRuntime().addShutdownHook(new Thread(app::close, "scheduler-close"));
        try {
            app.start();
        } catch (SchedulerException e) {
            System.err.println(e.getMessage());
            return EXIT_FAILURE;
        }
        Optional<String> failure = app.stopped().join();
        failure.ifPresent(System.err::println);
        return failure.isPresent() ? EXIT_FAILURE : 0;
    }

    private static void printHelp(PrintStream out) {
        out.println("Usage: scheduler [--config FILE] [--OPTION VALUE]...");
        out.println("Runs one scheduler instance. FILE is a properties file with the same names.");
        out.println();
        for (SchedulerOption option : SchedulerOption.values()) {
            out.println("  --" + option.key());
            out.println("      " + option.about());
            out.println("      Default: " + option.defaultText());
        }
        out.println("  --" + SchedulerOption.KAFKA_PREFIX + "NAME");
        out.println("      any setting of Kafka Streams or its clients, such as --kafka.security.protocol SASL_SSL");
    }
}
