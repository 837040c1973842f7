package dev.millrace.cli.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Opens ways for the process's log. */
public final class Logging {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5level [%thread] %logger{30} - %msg%n";
    private static final int KEPT_FILES = 3;
    private static final String MAX_FILE_SIZE = "20MB";

    /** Kafka's clients and broker say at INFO, and some at WARN, what only those want to know who look into Kafka itself. */
    private static final Map<String, Level> QUIETER = Map.ofEntries(
            Map.entry("org.apache.kafka", Level.WARN),
            // What is retried without end is no reason to warn.
            Map.entry("org.apache.kafka.clients", Level.ERROR),
            Map.entry("kafka", Level.WARN),
            Map.entry("state.change.logger", Level.WARN),
            // While the only controller is still being elected, its own registration is refused once, and sent again.
            Map.entry("kafka.server.ControllerApis", Level.OFF),
            // At the very first start the changelogs are asked for their ends before they are made.
            Map.entry("org.apache.kafka.clients.admin.internals.PartitionLeaderStrategy", Level.OFF),
            // An instance that is alone has nobody to keep standbys, which the doctor says once.
            Map.entry(
                    "org.apache.kafka.streams.processor.internals.assignment.DefaultStandbyTaskAssignor", Level.ERROR),
            // These repeat, with stack traces, each failure of a stream thread, which the scheduler logs once.
            Map.entry("org.apache.kafka.streams.KafkaStreams", Level.OFF),
            Map.entry("org.apache.kafka.streams.processor.internals.ProcessorNode", Level.OFF),
            Map.entry("org.apache.kafka.streams.processor.internals.TaskExecutor", Level.OFF));

    private Logging() {}

    /** For daemons: everything from INFO on goes to standard output, as containers want it. */
    public static void toStandardOutput() {
        console("System.out", Level.INFO);
    }

    /** For a person who wants to see what happens. */
    public static void toStandardError() {
        console("System.err", Level.INFO);
    }

    /** To a file that is continued, and kept small by setting older ones aside. */
    public static void toFile(Path file) {
        var context = context();
        var appender = new RollingFileAppender<ILoggingEvent>();
        appender.setFile(file.toString());
        var rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(file + ".%i");
        rolling.setMinIndex(1);
        rolling.setMaxIndex(KEPT_FILES);
        rolling.start();
        var trigger = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        trigger.setContext(context);
        trigger.setMaxFileSize(FileSize.valueOf(MAX_FILE_SIZE));
        trigger.start();
        appender.setRollingPolicy(rolling);
        appender.setTriggeringPolicy(trigger);
        open(context, appender, Level.INFO);
    }

    private static void console(String target, Level level) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setTarget(target);
        open(context(), appender, level);
    }

    private static void open(LoggerContext context, OutputStreamAppender<ILoggingEvent> appender, Level level) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(level);
        QUIETER.forEach((name, quieter) -> context.getLogger(name).setLevel(quieter));
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }
}
