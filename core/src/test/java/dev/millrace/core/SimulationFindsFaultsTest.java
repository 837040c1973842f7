package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Puts faults into the core, one at a time, and lets the simulation find each; on the same seeds it finds nothing in the core as it is. How many of
 * {@link Mutant#ALL} are tried is {@code millrace.sim.mutants}; what was found of each is in {@code target/simulated-faults.txt}.
 */
class SimulationFindsFaultsTest {
    private static final int MUTANTS = Integer.getInteger("millrace.sim.mutants", 7);
    private static final int MOST_SEEDS = 20;
    private static final long INPUTS = 2_500;

    private final List<String> found = new ArrayList<>();
    private long seedsNeeded = 1;

    @TestFactory
    List<DynamicTest> findsEachFaultAndNoOther() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Mutant mutant : Mutant.ALL.subList(0, Math.min(MUTANTS, Mutant.ALL.size()))) {
            tests.add(DynamicTest.dynamicTest(mutant.breaks(), () -> find(mutant)));
        }
        tests.add(DynamicTest.dynamicTest("there is no fault", this::findNothing));
        return tests;
    }

    private void find(Mutant mutant) throws IOException {
        SeedRun mutated = MutatedCore.with(mutant);
        String failure = "";
        long seed = 0;
        while (failure.isEmpty() && seed < MOST_SEEDS) {
            failure = mutated.run(++seed, INPUTS);
        }
        seedsNeeded = Math.max(seedsNeeded, seed);
        assertThat(failure)
                .as("what %s seeds find of a scheduler that %s", MOST_SEEDS, mutant.breaks())
                .isNotEmpty();
        found.add(mutant.breaks() + ": " + failure.lines().findFirst().orElseThrow());
        Files.write(Path.of("target/simulated-faults.txt"), found);
    }

    private void findNothing() {
        SeedRun unharmed = MutatedCore.unharmed();
        for (long seed = 1; seed <= seedsNeeded; seed++) {
            assertThat(unharmed.run(seed, INPUTS))
                    .as("what seed %s finds", seed)
                    .isEmpty();
        }
    }

    @Test
    void tellsReadersWhichFaultsThereAre() throws IOException {
        String page = Files.readString(Path.of("../docs/testing.md"));

        assertThat(Mutant.ALL).allSatisfy(mutant -> assertThat(page).contains("- " + mutant.breaks() + "\n"));
    }
}
