package dev.millrace.cli.command;

import dev.millrace.agent.AgentConfig;
import dev.millrace.agent.sim.Fleet;
import dev.millrace.agent.sim.Mishaps;
import dev.millrace.agent.sim.RunTime;
import dev.millrace.agent.sim.SimulatedAgents;
import dev.millrace.agent.sim.SimulationConfig;
import dev.millrace.cli.logging.Logging;
import dev.millrace.client.ClusterConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Plays agents. */
@Command(
        name = "sim-agents",
        description =
                "Plays any number of agents to a cluster, until SIGTERM: they speak the agents' protocol, but their tasks run in name"
                        + " only.",
        footer = {
            "",
            "Examples:",
            "  millrace sim-agents 1000",
            "  millrace sim-agents 900:cpus=16,memory=64GiB,attr.rack=r1 100:cpus=64,memory=512GiB,gpus=8",
            "  millrace sim-agents 100 --run-time exponential:2s --failure-rate 0.05 --restart-every 10m",
            "",
            "A task with the label sim.runMs runs for so many ms, whatever --run-time says."
        })
final class SimulatedAgentsCommand implements Callable<Integer> {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final CommandContext context;

    @Parameters(
            arity = "1..*",
            paramLabel = "FLEET",
            converter = Converters.Agents.class,
            description = "How many agents, and what each has: N or"
                    + " N:cpus=C,memory=M,disk=D,gpus=G,ports=P-Q,scalar.NAME=X,attr.NAME=V (where nothing is said: 4"
                    + " cpus, 8GiB of memory, 64GiB of disk, the ports 31000-32000).")
    private List<Fleet> fleets = new ArrayList<>();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            defaultValue = AgentConfig.DEFAULT_POOL,
            description = "Their pool (default: ${DEFAULT-VALUE}).")
    private String pool = AgentConfig.DEFAULT_POOL;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "sim",
            description = "What their ids begin with (default: ${DEFAULT-VALUE}).")
    private String name = "";

    @Mixin
    private ReserveOption reserve = new ReserveOption();

    @Option(
            names = "--run-time",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = Converters.RunTimes.class,
            description = "How long tasks run: 100ms, uniform:50ms-2s or exponential:1s (default: ${DEFAULT-VALUE}).")
    private RunTime runTime = new RunTime.Fixed(0);

    @Option(
            names = "--failure-rate",
            paramLabel = "RATE",
            defaultValue = "0",
            description = "How many of the tasks fail, from 0 to 1 (default: ${DEFAULT-VALUE}).")
    private double failureRate;

    @Option(
            names = "--restart-every",
            paramLabel = "TIME",
            defaultValue = "0",
            converter = Converters.Length.class,
            description = "The mean time between two restarts of an agent; 0 = none (default: ${DEFAULT-VALUE}).")
    private Duration restartEvery = Duration.ZERO;

    @Option(
            names = "--silent-every",
            paramLabel = "TIME",
            defaultValue = "0",
            converter = Converters.Length.class,
            description =
                    "The mean time between two times at which an agent is cut off; 0 = none (default: ${DEFAULT-VALUE}).")
    private Duration silentEvery = Duration.ZERO;

    @Option(
            names = "--away-for",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = Converters.Length.class,
            description = "For how long it is away then (default: ${DEFAULT-VALUE}).")
    private Duration awayFor = Duration.ZERO;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            defaultValue = "1",
            description = "What is random is drawn from this (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--stats-every",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = Converters.Length.class,
            description = "How often to print what goes on; 0 = never (default: ${DEFAULT-VALUE}).")
    private Duration statsEvery = Duration.ZERO;

    SimulatedAgentsCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        var cluster = connection.namedConfig(context);
        Logging.toStandardOutput();
        var stop = new CountDownLatch(1);
        Signals.onStop(stop::countDown);
        try (var agents = agents(cluster)) {
            agents.start();
            var every = statsEvery.isZero() ? LOOK_EVERY : statsEvery;
            var before = agents.stats();
            while (!stop.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
                agents.failure().ifPresent(failure -> {
                    throw new CommandFailure("the simulation failed: " + failure, failure);
                });
                var now = agents.stats();
                if (!statsEvery.isZero()) {
                    say(before, now, every);
                }
                before = now;
            }
        }
        return ExitCode.OK;
    }

    private SimulatedAgents agents(ClusterConfig cluster) {
        try {
            var reserving = fleets.stream()
                    .map(fleet -> new Fleet(fleet.agents(), reserve.addTo(fleet.shape())))
                    .toList();
            return new SimulatedAgents(SimulationConfig.of(cluster, reserving, runTime)
                    .withAgents(pool, name)
                    .withMisfortunes(failureRate, new Mishaps(restartEvery, silentEvery, awayFor))
                    .withEmptyLogs()
                    .withSeed(seed));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    private void say(SimulatedAgents.Stats before, SimulatedAgents.Stats now, Duration every) {
        long aSecond = (now.ended() - before.ended()) * TimeUnit.SECONDS.toMillis(1) / every.toMillis();
        context.terminal()
                .out()
                .println(String.format(
                        Locale.ROOT,
                        "%d of %d agents active, %d tasks running, %d ended (%d a second), %d failed, %d dropped",
                        now.active(),
                        now.agents(),
                        now.running(),
                        now.ended(),
                        aSecond,
                        now.failed(),
                        now.dropped()));
        context.terminal().out().flush();
    }
}
