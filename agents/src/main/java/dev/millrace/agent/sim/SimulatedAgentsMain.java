package dev.millrace.agent.sim;

import dev.millrace.agent.AgentCommand;
import dev.millrace.agent.CleanExit;
import dev.millrace.agent.ConnectionOptions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Plays agents until it is told to stop by SIGTERM or SIGINT. */
@Command(
        name = "simulated-agents",
        description = "Plays any number of agents to a cluster. Their tasks run in name only.",
        footer = {
            "",
            "Examples:",
            "  simulated-agents 1000",
            "  simulated-agents 900:cpus=16,memory=64GiB,attr.rack=r1 100:cpus=64,gpus=8",
            "  simulated-agents 100 --run-time exponential:2s --failure-rate 0.05",
            "",
            "A task with the label sim.runMs runs for so many ms, whatever --run-time says."
        })
public final class SimulatedAgentsMain implements Callable<Integer> {
    private static final int EXIT_FAILED = 1;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Parameters(
            arity = "1..*",
            paramLabel = "FLEET",
            description =
                    "How many agents, and what each has: N or N:cpus=C,memory=M,disk=D,gpus=G,scalar.NAME=X,attr.NAME=V"
                            + " (where nothing is said: 4 cpus, 8GiB of memory, 64GiB of disk).",
            converter = FleetConverter.class)
    private List<Fleet> fleets = List.of();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What the agents' ids begin with (default: ${DEFAULT-VALUE}).",
            defaultValue = SimulationConfig.DEFAULT_NAME)
    private String name = SimulationConfig.DEFAULT_NAME;

    @Option(
            names = "--run-time",
            paramLabel = "TIME",
            description = "How long tasks run: 100ms, uniform:50ms-2s or exponential:1s (default: ${DEFAULT-VALUE}).",
            defaultValue = "1s",
            converter = RunTimeConverter.class)
    private RunTime runTime = new RunTime.Fixed(0);

    @Option(
            names = "--failure-rate",
            paramLabel = "RATE",
            description = "How many of the tasks fail, from 0 to 1 (default: ${DEFAULT-VALUE}).",
            defaultValue = "0")
    private double failureRate;

    @Option(
            names = "--restart-every",
            paramLabel = "TIME",
            description = "The mean time between two restarts of an agent; 0s = none (default: ${DEFAULT-VALUE}).",
            defaultValue = "0s",
            converter = DurationConverter.class)
    private Duration restartEvery = Duration.ZERO;

    @Option(
            names = "--silent-every",
            paramLabel = "TIME",
            description =
                    "The mean time between two times at which an agent is cut off; 0s = none (default: ${DEFAULT-VALUE}).",
            defaultValue = "0s",
            converter = DurationConverter.class)
    private Duration silentEvery = Duration.ZERO;

    @Option(
            names = "--away-for",
            paramLabel = "TIME",
            description = "For how long it is away then (default: ${DEFAULT-VALUE}).",
            defaultValue = "30s",
            converter = DurationConverter.class)
    private Duration awayFor = Duration.ZERO;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            description = "What is random is drawn from this (default: ${DEFAULT-VALUE}).",
            defaultValue = "" + SimulationConfig.DEFAULT_SEED)
    private long seed;

    @Option(
            names = "--stats-every",
            paramLabel = "TIME",
            description = "How often to print a line about what goes on; 0s = never (default: ${DEFAULT-VALUE}).",
            defaultValue = "5s",
            converter = DurationConverter.class)
    private Duration statsEvery = Duration.ZERO;

    private SimulatedAgentsMain() {}

    /** Exits with 0 when it was told to stop, 1 if it failed, 2 if the options are wrong. */
    public static void main(String[] args) {
        System.exit(AgentCommand.execute(new SimulatedAgentsMain(), args));
    }

    @Override
    public Integer call() throws InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        SimulatedAgents agents = agents();
        CleanExit exit = CleanExit.onSignal(() -> {
            agents.close();
            stop.countDown();
        });
        agents.start();
        return watch(agents, stop) || !exit.cancel() ? 0 : EXIT_FAILED;
    }

    private SimulatedAgents agents() {
        try {
            return new SimulatedAgents(config());
        } catch (IllegalArgumentException e) {
            throw connection.fault(e.getMessage());
        }
    }

    private SimulationConfig config() {
        return SimulationConfig.of(connection.cluster(), fleets, runTime)
                .withAgents(connection.pool(), name)
                .withMisfortunes(failureRate, new Mishaps(restartEvery, silentEvery, awayFor))
                .withSeed(seed);
    }

    /** Prints what goes on until the agents are stopped (true) or fail (false). */
    private boolean watch(SimulatedAgents agents, CountDownLatch stop) throws InterruptedException {
        Logger log = LoggerFactory.getLogger(SimulatedAgentsMain.class);
        boolean silent = statsEvery.isZero();
        Duration every = silent ? Duration.ofSeconds(1) : statsEvery;
        SimulatedAgents.Stats before = agents.stats();
        while (!stop.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
            if (agents.failure().isPresent()) {
                return false;
            }
            SimulatedAgents.Stats now = agents.stats();
            if (!silent) {
                log.info("{}", line(before, now, every));
            }
            before = now;
        }
        return true;
    }

    private static String line(SimulatedAgents.Stats before, SimulatedAgents.Stats now, Duration every) {
        long ended = now.ended() - before.ended();
        return String.format(
                Locale.ROOT,
                "%d of %d agents active, %d tasks running, %d ended (%.0f a second), %d failed, %d dropped",
                now.active(),
                now.agents(),
                now.running(),
                now.ended(),
                ended * 1_000.0 / every.toMillis(),
                now.failed(),
                now.dropped());
    }

    /** Reads a fleet. */
    private static final class FleetConverter implements CommandLine.ITypeConverter<Fleet> {
        @Override
        public Fleet convert(String text) {
            return converted(() -> Fleet.parse(text));
        }
    }

    /** Reads a run time. */
    private static final class RunTimeConverter implements CommandLine.ITypeConverter<RunTime> {
        @Override
        public RunTime convert(String text) {
            return converted(() -> RunTime.parse(text));
        }
    }

    /** Reads a span of time. */
    private static final class DurationConverter implements CommandLine.ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return converted(() -> Durations.parse(text));
        }
    }

    /** Keeps what is wrong with a value in picocli's words about its option. */
    private static <T> T converted(Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(e.getMessage());
        }
    }
}
