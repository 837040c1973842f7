package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;

/**
 * Puts faults into the core, one at a time, and lets the simulation find each; on the same seeds it finds nothing in the core as it is. How many of
 * {@link Mutant#ALL} are tried is {@code millrace.sim.mutants}.
 */
class SimulationFindsFaultsTest {
    private static final int MUTANTS = Integer.getInteger("millrace.sim.mutants", 7);
    private static final int MOST_SEEDS = 20;
    private static final long INPUTS = 2_500;

    private long seedsNeeded = 1;

    @TestFactory
    List<DynamicTest> findsEachFaultAndNoOther(TestReporter reporter) {
        List<DynamicTest> tests = new ArrayList<>();
        for (Mutant mutant : Mutant.ALL.subList(0, Math.min(MUTANTS, Mutant.ALL.size()))) {
            tests.add(DynamicTest.dynamicTest(mutant.breaks(), () -> find(mutant, reporter)));
        }
        tests.add(DynamicTest.dynamicTest("there is no fault", this::findNothing));
        return tests;
    }

    private void find(Mutant mutant, TestReporter reporter) throws IOException {
        SeedRun mutated = MutatedCore.with(mutant);
        String found = "";
        long seed = 0;
        while (found.isEmpty() && seed < MOST_SEEDS) {
            found = mutated.run(++seed, INPUTS);
        }
        seedsNeeded = Math.max(seedsNeeded, seed);
        assertThat(found)
                .as("what %s seeds find of a scheduler that %s", MOST_SEEDS, mutant.breaks())
                .isNotEmpty();
        reporter.publishEntry(mutant.breaks(), found);
    }

    private void findNothing() {
        SeedRun unharmed = MutatedCore.unharmed();
        for (long seed = 1; seed <= seedsNeeded; seed++) {
            assertThat(unharmed.run(seed, INPUTS))
                    .as("what seed %s finds", seed)
                    .isEmpty();
        }
    }
}
