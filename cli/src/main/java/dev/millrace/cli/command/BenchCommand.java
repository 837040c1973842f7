package dev.millrace.cli.command;

import dev.millrace.bench.LifecycleBench;
import dev.millrace.bench.LifecycleResult;
import dev.millrace.bench.LifecycleSettings;
import dev.millrace.cli.job.Names;
import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.JsonRecords;
import dev.millrace.cli.output.JsonRecords.Part;
import dev.millrace.schemas.Pools;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures clusters, and the core alone. */
@Command(
        name = "bench",
        description = "Benchmarks.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  millrace bench lifecycle --agents 100 --tasks 20000"})
final class BenchCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private BenchCommand() {}

    static CommandLine create(CommandContext context) {
        return new CommandLine(new BenchCommand())
                .addSubcommand(new Lifecycle(context))
                .addSubcommand(BenchFailoverCommand.create(context))
                .addSubcommand(new BenchOffersCommand(context))
                .addSubcommand(new BenchPackingCommand(context))
                .addSubcommand(new BenchPlacementCommand(context))
                .addSubcommand(new BenchReleaseCommand(context))
                .addSubcommand(new BenchReplayCommand(context))
                .addSubcommand(new BenchRestoreCommand(context));
    }

    @Override
    public Integer call() {
        throw Commands.needsSubcommand(Objects.requireNonNull(spec));
    }

    /** Counts whole lifecycles of tasks. */
    @Command(
            name = "lifecycle",
            description = {
                "Counts how many tasks a second go from request to end, with simulated agents in this process, and how long each takes."
                        + " Runs on the cluster that --bootstrap-server names, else on one of its own in this process. The scheduler keeps"
                        + " its journal as always.",
                "",
                "It checks its own result, and fails if any task did not end just once, or a sequence of statuses has a gap."
            },
            footer = {"", "Example:", "  millrace bench lifecycle --agents 1000 --tasks 100000 -o json"})
    static final class Lifecycle implements Callable<Integer> {
        private static final String SIMULATED_POOL = "bench";

        private final CommandContext context;
        private final BenchRun run;

        @Option(
                names = "--agents",
                paramLabel = "N",
                defaultValue = "1000",
                description =
                        "Simulated agents (default: ${DEFAULT-VALUE}); 0 = those that the pool has, which run true as a"
                                + " process for each task.")
        private int agents;

        @Option(
                names = "--tasks",
                paramLabel = "N",
                defaultValue = "100000",
                description = "Tasks that are measured (default: ${DEFAULT-VALUE}).")
        private int tasks;

        @Option(
                names = "--warm-up",
                paramLabel = "N",
                description = "Tasks before them that are not measured (default: a fifth as many, 20000 at the most).")
        private @Nullable Integer warmUp;

        @Option(
                names = "--in-flight",
                paramLabel = "N",
                defaultValue = "2000",
                description =
                        "How many tasks are submitted and not ended at any time (default: ${DEFAULT-VALUE}); 1 measures the latency"
                                + " of an idle cluster.")
        private int inFlight;

        @Option(
                names = "--run-time",
                paramLabel = "TIME",
                defaultValue = "0",
                converter = Converters.Length.class,
                description = "How long each task runs (default: ${DEFAULT-VALUE}).")
        private Duration runTime = Duration.ZERO;

        @Option(
                names = "--pool",
                paramLabel = "POOL",
                description = "The agents' and tasks' pool (default: bench, with --agents 0 default).")
        private @Nullable String pool;

        @Mixin
        private OutputOptions output = new OutputOptions();

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        Lifecycle(CommandContext context) {
            this.context = context;
            this.run = new BenchRun(context);
        }

        @Override
        public Integer call() throws IOException, InterruptedException, ExecutionException {
            var settings = settings();
            var result = run.measure(
                    connection,
                    agents == 0 ? 1 : 0,
                    cluster -> new LifecycleBench(cluster, settings, run::progress).run());
            if (result.isEmpty()) {
                return ExitCode.INTERRUPTED;
            }
            return show(result.get());
        }

        private int show(LifecycleResult result) {
            if (output.isJson()) {
                context.terminal().out().println(json(result));
            } else {
                print(result);
            }
            result.faults().forEach(fault -> context.terminal().err().println("millrace bench lifecycle: " + fault));
            return result.faults().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
        }

        private LifecycleSettings settings() {
            var chosen = pool != null ? pool : agents == 0 ? Pools.DEFAULT : SIMULATED_POOL;
            if (!Names.isPool(chosen)) {
                throw CommandFailure.usage("--pool '" + chosen + "' must be " + Names.POOL_RULE);
            }
            try {
                return new LifecycleSettings(
                        chosen,
                        agents,
                        tasks,
                        warmUp == null ? Math.min(tasks / 5, 20_000) : warmUp,
                        inFlight,
                        runTime);
            } catch (IllegalArgumentException e) {
                throw CommandFailure.usage(String.valueOf(e.getMessage()));
            }
        }

        private void print(LifecycleResult result) {
            var out = context.terminal().out();
            var on = result.settings().agents() == 0
                    ? "real agents"
                    : result.settings().agents() + " simulated agents";
            out.println(result.settings().tasks() + " tasks on " + on + " in " + Human.duration(result.took()) + ": "
                    + result.lifecyclesPerSecond() + " lifecycles a second");
            var table = BenchRun.table();
            BenchRun.row(table, "submit to running", result.submitToRunning());
            BenchRun.row(table, "submit to finished", result.submitToFinished());
            table.print(out);
        }

        private static String json(LifecycleResult result) {
            var settings = result.settings();
            return JsonRecords.line(List.of(
                    new Part("lifecyclesPerSecond", BigDecimal.valueOf(result.lifecyclesPerSecond())),
                    new Part("submitToRunningMs", BenchRun.json(result.submitToRunning())),
                    new Part("submitToFinishedMs", BenchRun.json(result.submitToFinished())),
                    new Part("tasks", settings.tasks()),
                    new Part("agents", settings.agents()),
                    new Part("inFlight", settings.inFlight()),
                    new Part("runTimeMs", settings.runTime().toMillis()),
                    new Part("tookMs", result.took().toMillis()),
                    new Part("statuses", result.statuses()),
                    new Part("faults", result.faults())));
        }
    }
}
