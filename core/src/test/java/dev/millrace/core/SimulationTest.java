package dev.millrace.core;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Counts come from {@code millrace.sim.seeds} and {@code millrace.sim.inputs}; {@code millrace.sim.seed} repeats one seed. */
class SimulationTest {
    private static final long SEEDS = Long.getLong("millrace.sim.seeds", 20);
    private static final long INPUTS = Long.getLong("millrace.sim.inputs", 10_000);

    @TestFactory
    Stream<DynamicTest> keepsItsPromisesWhateverHappens() {
        Long one = Long.getLong("millrace.sim.seed");
        LongStream seeds = one == null ? LongStream.rangeClosed(1, SEEDS) : LongStream.of(one);
        return seeds.mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> run(seed)));
    }

    private static void run(long seed) {
        Simulation simulation = new Simulation(seed);
        try {
            simulation.run(INPUTS);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + " fails " + simulation.position()
                            + "; repeat with: mvn -pl core -am test -Dtest=SimulationTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.sim.seed=" + seed
                            + " -Dmillrace.sim.inputs=" + INPUTS,
                    e);
        }
    }
}
