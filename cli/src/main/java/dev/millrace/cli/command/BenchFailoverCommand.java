package dev.millrace.cli.command;

import dev.millrace.bench.recovery.FailoverBench;
import dev.millrace.bench.recovery.FailoverResult;
import dev.millrace.bench.recovery.FailoverSettings;
import dev.millrace.bench.recovery.Victim;
import dev.millrace.cli.MillraceMain;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how long nothing is launched after a process was killed. */
@Command(
        name = "failover",
        description = {
            "Kills a scheduler, or the broker, with SIGKILL, and measures the time until a task is launched that was submitted after that: until"
                    + " its committed TASK_STAGING is read. The scheduler is started again at once, or a standby takes over. Broker and schedulers are"
                    + " processes of their own with files of their own; agents are simulated, in this process.",
            "",
            "While it measures, many tasks wait in the state, of a kind that no agent suits, so that a scheduler has to read all of them before it"
                    + " goes on."
        },
        footer = {"", "Example:", "  millrace bench failover --tasks 10000 --rounds 5 -o json"})
final class BenchFailoverCommand implements Callable<Integer> {
    private final CommandContext context;
    private final BenchRun run;

    /** Who else than the only scheduler is killed. */
    static final class Other {
        @Option(
                names = "--standby",
                description = "Kill one of two schedulers, and let the other take over what it did.")
        private boolean standby;

        @Option(names = "--broker", description = "Kill the broker, and start it again at once.")
        private boolean broker;
    }

    @ArgGroup
    private Other other = new Other();

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Tasks that wait in the state (default: ${DEFAULT-VALUE}).")
    private int tasks;

    @Option(
            names = "--agents",
            paramLabel = "N",
            defaultValue = "100",
            description = "Simulated agents (default: ${DEFAULT-VALUE}).")
    private int agents;

    @Option(
            names = "--rounds",
            paramLabel = "R",
            defaultValue = "5",
            description = "How often it is killed (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--scheduler-option",
            paramLabel = "OPTION",
            description = "An option for the schedulers, such as --scheduler-option=--threads=1; repeatable.")
    private List<String> schedulerOptions = new ArrayList<>();

    @Mixin
    private OutputOptions output = new OutputOptions();

    private BenchFailoverCommand(CommandContext context) {
        this.context = context;
        this.run = new BenchRun(context);
    }

    static CommandLine create(CommandContext context) {
        // Options for the schedulers may be called like some of this command's own.
        return new CommandLine(new BenchFailoverCommand(context)).setAllowOptionsAsOptionParameters(true);
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        var settings = settings();
        var result = run.measureApart(
                directory -> new FailoverBench(directory, new Topics(Topics.DEFAULT_PREFIX), settings, run::progress));
        if (result.isEmpty()) {
            return ExitCode.INTERRUPTED;
        }
        context.terminal().out().println(output.isJson() ? json(result.get()) : text(result.get()));
        return ExitCode.OK;
    }

    private FailoverSettings settings() {
        var victim = other.broker ? Victim.BROKER : other.standby ? Victim.SCHEDULER_WITH_STANDBY : Victim.SCHEDULER;
        try {
            return new FailoverSettings(victim, tasks, agents, rounds, MillraceMain.class.getName(), schedulerOptions);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    static String text(FailoverResult result) {
        return String.format(
                        Locale.ROOT,
                        "SIGKILL to the next launch, %,d tasks waiting: median %,d ms, longest %,d ms, of %s",
                        result.settings().waitingTasks(),
                        result.medianMs(),
                        result.maxMs(),
                        result.toLaunchMs())
                + (result.processorMs().isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "; processor time of what was started: median %,d ms",
                                result.medianProcessorMs()));
    }

    private static String json(FailoverResult result) {
        return JsonRecords.line(List.of(
                new Part("victim", result.settings().victim()),
                new Part("tasks", result.settings().waitingTasks()),
                new Part("agents", result.settings().agents()),
                new Part("medianMs", result.medianMs()),
                new Part("maxMs", result.maxMs()),
                new Part("roundsMs", result.toLaunchMs()),
                new Part("processorMs", result.processorMs())));
    }
}
