package dev.millrace.cli.command;

import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.LiveOutput;
import dev.millrace.cli.run.ClusterWatch;
import dev.millrace.cli.run.StatusLines;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the status stream. */
@Command(
        name = "status",
        description = "Shows statuses as the scheduler publishes them, until Ctrl-C.",
        footer = {
            "",
            "Examples:",
            "  millrace status",
            "  millrace status --from-beginning licences-          of tasks whose ids begin so",
            "  millrace status --from-beginning --no-follow -o json > statuses.json"
        })
final class StatusCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(500);

    private final CommandContext context;

    @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "Only of tasks whose ids begin so.")
    private String prefix = "";

    @Option(
            names = "--from-beginning",
            description = "Begin with the oldest status that is kept, not with the next one.")
    private boolean fromBeginning;

    @Option(names = "--no-follow", description = "Stop at the last status that is there now.")
    private boolean noFollow;

    @Option(names = "--pool", paramLabel = "POOL", description = "Only of this pool.")
    private @Nullable String pool;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    StatusCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        var lines = new StatusLines(context.terminal().style(), ZoneId.systemDefault());
        var config = cluster.cluster(context);
        try (var out = new LiveOutput(context.terminal());
                var statuses = open(config);
                var watch = ClusterWatch.over(config, out::complaint)) {
            do {
                watch.look();
                for (var status : statuses.poll(POLL)) {
                    watch.heard();
                    if (status.getTaskId().startsWith(prefix)) {
                        out.line(output.isJson() ? JsonRecords.line(status) : lines.line(status, status.getTaskId()));
                    }
                }
            } while (!out.isOutputGone() && !(noFollow && statuses.reachedEnd()));
        }
        return ExitCode.OK;
    }

    private StatusStream open(ClusterConfig config) {
        var start = fromBeginning ? Start.beginning() : Start.end();
        return pool == null ? StatusStream.ofAllPools(config, start) : new StatusStream(config, pool, start);
    }
}
