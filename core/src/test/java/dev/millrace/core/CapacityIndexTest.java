package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.state.AgentTerms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The number of searches comes from {@code millrace.index.searches}. */
class CapacityIndexTest {
    private static final int SEARCHES = Integer.getInteger("millrace.index.searches", 20_000);
    private static final int AGENTS = 600;
    private static final int MAX_TASKS = 1_000;

    private static final Comparator<Agent> TIGHTEST = Comparator.<Agent>comparingLong(a -> a.free.cpuMillis)
            .thenComparingLong(a -> a.free.memMib)
            .thenComparing(a -> a.id);

    @Test
    void findsTheAgentThatLookingAtEachOneFinds() {
        long seed = 42;
        Random random = new Random(seed);
        CapacityIndex index = new CapacityIndex();
        List<Agent> agents = new ArrayList<>();
        List<ConstraintSet> constraintSets = constraintSets();
        AgentTerms terms = new AgentTerms(1L, 2L, 3L);
        for (int i = 0; i < AGENTS; i++) {
            Agent agent = new Agent("a" + i, i, terms);
            agent.resources = amount(random, 64_000, 1_000);
            agent.attributes(List.of(new KeyValue("rack", "r" + random.nextInt(40))), i + 1);
            agent.balance();
            agents.add(agent);
            index.add(agent);
        }

        for (int search = 0; search < SEARCHES; search++) {
            ConstraintSet constraints = constraintSets.get(random.nextInt(constraintSets.size()));
            RequestClass wanted = new RequestClass(
                    "c", new Role("r", null, true), Amount.of(amount(random, 40_000, 500)), constraints, null);
            Agent expected = agents.stream()
                    .filter(agent -> wanted.fits(agent, MAX_TASKS))
                    .min(TIGHTEST)
                    .orElse(null);

            Agent found = index.tightestFit(wanted, MAX_TASKS);

            assertThat(found).as("search %d of seed %d", search, seed).isSameAs(expected);
            Agent changed = found != null ? found : agents.get(random.nextInt(AGENTS));
            Amount by = wanted.need;
            index.change(changed, () -> {
                if (found != null) {
                    changed.free.subtract(by);
                } else {
                    changed.balance();
                    changed.attributes(
                            List.of(new KeyValue("rack", "r" + random.nextInt(40))),
                            changed.attributesVersion + AGENTS);
                }
            });
        }
    }

    private static List<ConstraintSet> constraintSets() {
        List<ConstraintSet> sets = new ArrayList<>();
        sets.add(new ConstraintSet(List.of(), List.of()));
        sets.add(new ConstraintSet(List.of(), List.of("licences")));
        for (int i = 0; i < 10; i++) {
            sets.add(new ConstraintSet(
                    List.of(new Constraint("rack", ConstraintOperator.EQUALS, List.of("r" + i))), List.of()));
            sets.add(new ConstraintSet(
                    List.of(new Constraint("rack", ConstraintOperator.MATCHES, List.of("r[" + i + "-9]"))),
                    List.of("licences")));
        }
        return sets;
    }

    private static Resources amount(Random random, int cpuMillis, int licences) {
        return Resources.newBuilder()
                .setCpuMillis(random.nextInt(cpuMillis))
                .setMemMib(random.nextInt(100_000))
                .setDiskMib(random.nextInt(10_000))
                .setScalars(List.of(new ScalarQuantity("licences", (long) random.nextInt(licences))))
                .build();
    }
}
