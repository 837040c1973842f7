package dev.millrace.cli.command;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.cli.output.Table;
import dev.millrace.cli.output.Words;
import dev.millrace.client.PoolSummary;
import dev.millrace.state.PoolSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows a pool's settings. */
@Command(
        name = "show",
        description = "Shows a pool's settings, each by the option of pool set that changes it.",
        footer = {"", "Example:", "  millrace pool show default"})
final class PoolShowCommand implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "POOL", description = "The pool.")
    private String pool = "";

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    PoolShowCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        PoolSummary summary;
        try (var model = KnownTasks.load(context, cluster)) {
            summary = model.pool(pool)
                    .orElseThrow(() -> new CommandFailure(
                            "there is no pool " + pool + "; one begins with its first agent, task or pool set"));
        }
        var settings = summary.pool().getSettings();
        if (output.isJson()) {
            context.terminal()
                    .out()
                    .println(JsonRecords.line(List.of(new Part("pool", pool), new Part("settings", settings))));
        } else {
            print(settings);
        }
        return ExitCode.OK;
    }

    private void print(PoolSettings settings) {
        new Table("SETTING", "VALUE")
                .row("heartbeat-interval", time(settings.getHeartbeatIntervalMs()))
                .row("lease", time(settings.getLeaseMs()))
                .row("unreachable-timeout", time(settings.getUnreachableTimeoutMs()))
                .row("ended-horizon", time(settings.getEndedHorizonMs()))
                .row("ended-horizon-tasks", Integer.toString(settings.getEndedHorizonTasks()))
                .row("max-tasks-per-agent", Integer.toString(settings.getMaxTasksPerAgent()))
                .row("placement", Words.of(settings.getPlacement()))
                .row("preemption", settings.getPreemption() ? "on" : "off")
                .row("preemption-gap", Integer.toString(settings.getPreemptionGap()))
                .row("reclaim-delay", time(settings.getReclaimDelayMs()))
                .row("hold-after", time(settings.getHoldAfterMs()))
                .row("gang-hold", time(settings.getGangHoldMs()))
                .row("offer-timeout", time(settings.getOfferTimeoutMs()))
                .row("min-offer-cpus", Human.milli(settings.getMinOfferCpuMillis()))
                .row("min-offer-memory", Human.mib(settings.getMinOfferMemMib()))
                .row("framework-calls-per-second", Integer.toString(settings.getFrameworkCallsPerSecond()))
                .row("agent-losses-per-minute", losses(settings.getAgentLossesPerMinute()))
                .print(context.terminal().out());
    }

    private static String losses(int perMinute) {
        return perMinute == 0 ? "no limit" : Integer.toString(perMinute);
    }

    private static String time(long millis) {
        return Human.duration(Duration.ofMillis(millis));
    }
}
