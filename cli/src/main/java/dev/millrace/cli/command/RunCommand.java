package dev.millrace.cli.command;

import dev.millrace.cli.output.LiveOutput;
import dev.millrace.cli.run.AttachedRun;
import dev.millrace.cli.run.Interrupts;
import dev.millrace.cli.run.StatusLines;
import dev.millrace.cli.up.LocalClusterSettings;
import dev.millrace.cli.up.LocalMachine;
import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.TaskRequest;
import java.io.IOException;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Submits a job and follows it to its end. */
@Command(
        name = "run",
        description = {
            "Submits a job, shows what becomes of its tasks until all have ended, and sums up. Without a cluster that is named or runs"
                    + " here it starts one for this run alone, and removes it afterwards; three agents then share this machine, or fewer"
                    + " if a task needs more than a third of it.",
            "",
            "Exit code 0: every task finished; 1: some did not; 2: wrong usage or job file, and nothing was submitted; 130:"
                    + " interrupted. Ctrl-C, SIGTERM and SIGHUP kill the tasks and wait for their end; a second time, they do not"
                    + " wait."
        },
        footer = {
            "",
            "Examples:",
            "  millrace run examples/licences.yaml --logs",
            "  millrace run --logs -- 'hostname; date'",
            "  millrace run --cpus 0.5 --instances 4 --timeout 1m -- sha256sum /bin/sh"
        })
final class RunCommand implements Callable<Integer> {
    private final CommandContext context;

    @Mixin
    private JobInput input = new JobInput();

    @Mixin
    private ClusterOptions cluster = new ClusterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--logs",
            description = "Show what the tasks write, each line after its task's name if there are several tasks.")
    private boolean logs;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no statuses and no summary.")
    private boolean quiet;

    RunCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var requests = input.requests(context);
        var interrupts = new Interrupts();
        Signals.onStop(interrupts::add);
        var existing = cluster.find(context);
        boolean finished =
                existing.isPresent() ? runOn(existing.get(), requests, interrupts) : runAlone(requests, interrupts);
        if (interrupts.count() > 0) {
            return ExitCode.INTERRUPTED;
        }
        return finished ? ExitCode.OK : ExitCode.FAILED;
    }

    private boolean runOn(ClusterConfig config, List<TaskRequest> requests, Interrupts interrupts)
            throws InterruptedException {
        return run(new AttachedRun.Target(config, new CompletableFuture<>()), requests, interrupts);
    }

    private boolean runAlone(List<TaskRequest> requests, Interrupts interrupts)
            throws IOException, InterruptedException {
        int agents = agentsFor(requests);
        if (!quiet) {
            context.terminal().err().println("millrace: no cluster runs here; starting one for this run ...");
        }
        try (var temporary = TemporaryCluster.start(cluster.topics(), agents, this::complain)) {
            return run(new AttachedRun.Target(temporary.config(), temporary.failure()), requests, interrupts);
        }
    }

    /** The usual number of agents, or fewer if that makes room for the largest task; a failure if this machine has no room for it at all. */
    private static int agentsFor(List<TaskRequest> requests) throws IOException {
        var machine = LocalMachine.detect(TemporaryCluster.parent());
        for (var request : requests) {
            var lacking = machine.lacking(request.getResources());
            if (!lacking.isEmpty()) {
                throw new CommandFailure(
                        "no agent of this machine could ever run " + request.getTaskId() + ": it needs "
                                + String.join(", ", lacking) + "; name a larger cluster with --bootstrap-server");
            }
        }
        var needs = requests.stream().map(TaskRequest::getResources).distinct().toList();
        return machine.agentsFor(needs, LocalClusterSettings.DEFAULT_AGENTS);
    }

    private void complain(String line) {
        context.terminal().err().println("millrace: " + line);
    }

    private boolean run(AttachedRun.Target target, List<TaskRequest> requests, Interrupts interrupts)
            throws InterruptedException {
        var lines = new StatusLines(context.terminal().style(), ZoneId.systemDefault());
        try (var out = new LiveOutput(context.terminal())) {
            return new AttachedRun(target, requests, view(), lines, out, interrupts).run();
        }
    }

    private AttachedRun.View view() {
        var statuses = quiet
                ? AttachedRun.Statuses.NONE
                : output.isJson() ? AttachedRun.Statuses.JSON : AttachedRun.Statuses.LINES;
        return new AttachedRun.View(statuses, logs);
    }
}
