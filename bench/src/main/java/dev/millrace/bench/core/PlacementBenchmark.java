package dev.millrace.bench.core;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PlacementPolicy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** The placements of one step, in nanoseconds each; JMH's view of what {@link PlacementBench} measures. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class PlacementBenchmark {
    /** So many tasks a step places. */
    private static final int STEP = 500;

    @Param({"1000", "10000", "50000"})
    private int agents;

    @Param({"1", "100", "1000"})
    private int roles;

    @Param({"0", "2"})
    private int constraints;

    @Param({"BINPACK", "SPREAD", "FRAGMENTATION"})
    private PlacementPolicy policy = PlacementPolicy.BINPACK;

    private PlacementRounds rounds = new PlacementRounds(new PlacementSettings(100, 1, 0, policy, 0, 1));

    /** Fills the pool. */
    @Setup
    public void fill() {
        rounds = new PlacementRounds(new PlacementSettings(agents, roles, constraints, policy, 0, 1));
    }

    /** Sees to it that there are enough tasks for one step. */
    @Setup(Level.Invocation)
    public void prepare() {
        while (rounds.tasksLeft() < STEP) {
            rounds.prepare();
        }
    }

    /** One step. */
    @Benchmark
    @OperationsPerInvocation(STEP)
    public void place(Blackhole hole) {
        List<LaunchTask> launched = rounds.step();
        hole.consume(launched);
    }
}
