package dev.millrace.cli.command;

import dev.millrace.cli.doctor.Asked;
import dev.millrace.cli.doctor.Examination;
import dev.millrace.cli.doctor.Finding;
import dev.millrace.cli.doctor.Finding.Severity;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Style;
import dev.millrace.streams.SchedulerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what is wrong with a cluster, or will be on a bad day. */
@Command(
        name = "doctor",
        description = {
            "Looks at the brokers, the topics and the schedulers, and says what is wrong or will be on a bad day, what follows from it, and"
                    + " what to do. Writes to no topic and changes nothing.",
            "",
            "Exit code 0: nothing failed, though there may be warnings; 1: something did."
        },
        footer = {
            "",
            "Examples:",
            "  millrace doctor",
            "  millrace doctor --bootstrap-server kafka:9092 --snapshots /var/lib/millrace/snapshots",
            "  millrace doctor -o json | jq 'select(.severity != \"OK\")'"
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int TEXT_COLUMN = 6;

    private final CommandContext context;

    @Option(
            names = "--session-timeout",
            paramLabel = "TIME",
            defaultValue = "6s",
            converter = Converters.Length.class,
            description = "The session timeout that the schedulers are started with (default: ${DEFAULT-VALUE}).")
    private Duration sessionTimeout = SchedulerConfig.DEFAULT_SESSION_TIMEOUT;

    @Option(
            names = "--snapshot-interval",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Converters.Length.class,
            description = "How often snapshots are made (default: ${DEFAULT-VALUE}).")
    private Duration snapshotInterval = Duration.ofHours(1);

    @Option(
            names = "--snapshots",
            paramLabel = "DIR",
            description = "The directory of the cluster's snapshots, to see how old they are.")
    private @Nullable Path snapshots;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    DoctorCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var config = cluster.cluster(context);
        var asked = new Asked(
                config.bootstrapServers(),
                config.topics(),
                sessionTimeout,
                snapshotInterval,
                Optional.ofNullable(snapshots).map(directory -> SnapshotsOption.existing("--snapshots", directory)));
        List<Finding> findings;
        try (var examination = new Examination(config, asked, Clock.systemUTC())) {
            findings = examination.findings();
        } catch (IOException e) {
            throw new CommandFailure("cannot read the snapshots in " + snapshots + ": " + FileFailures.why(e), e);
        }
        if (output.isJson()) {
            findings.forEach(finding -> context.terminal().out().println(json(finding)));
        } else {
            findings.forEach(this::print);
            context.terminal().out().println();
            context.terminal()
                    .out()
                    .println(count(findings, Severity.OK) + " OK, " + count(findings, Severity.WARN) + " WARN, "
                            + count(findings, Severity.FAIL) + " FAIL");
        }
        return count(findings, Severity.FAIL) == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(Finding finding) {
        var style = context.terminal().style();
        var severity = finding.severity().name();
        line(
                coloured(style, finding.severity()) + " ".repeat(TEXT_COLUMN - severity.length()),
                finding.check() + ": " + finding.found());
        line(" ".repeat(TEXT_COLUMN), finding.follows());
        if (!finding.remedy().isEmpty()) {
            line(" ".repeat(TEXT_COLUMN), "remedy: " + finding.remedy());
        }
    }

    private void line(String before, String text) {
        if (!text.isEmpty()) {
            context.terminal().out().println(before + text);
        }
    }

    private static String coloured(Style style, Severity severity) {
        return switch (severity) {
            case OK -> style.good("OK");
            case WARN -> style.waiting("WARN");
            case FAIL -> style.bad("FAIL");
        };
    }

    private static long count(List<Finding> findings, Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .count();
    }

    private static String json(Finding finding) {
        return JsonRecords.line(List.of(
                new Part("severity", finding.severity()),
                new Part("check", finding.check()),
                new Part("found", finding.found()),
                new Part("follows", finding.follows()),
                new Part("remedy", finding.remedy())));
    }
}
