package dev.millrace.core;

import static dev.millrace.core.FrameworkFixture.role;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.UpdateFramework;
import java.util.List;
import org.junit.jupiter.api.Test;

class OffersTest {
    private static final Resources UNIT = Requests.resources(1_000, 256);

    private final Harness cluster = new Harness();
    private final FrameworkFixture framework = new FrameworkFixture(cluster, "spark", 1);

    private static void agent(Harness harness, String id, long incarnation, long units) {
        harness.on(Requests.agent(id, incarnation)
                .setResources(Requests.resources(1_000 * units, 256 * units))
                .build());
    }

    private void agent(String id, long incarnation, long units) {
        agent(cluster, id, incarnation, units);
    }

    private static FrameworkRole units(int wanted) {
        return role("eng").setUnit(UNIT).setUnitsWanted(wanted).build();
    }

    private List<Long> offeredCpuMillis() {
        return framework.unanswered().stream()
                .map(offer -> offer.getResources().getCpuMillis())
                .toList();
    }

    @Test
    void wantsNoMoreThanItSaidLastAlsoIfItDeclinesWhatItWantedBefore() {
        agent("a", 1, 5);
        framework.subscribe(units(5));
        assertThat(offeredCpuMillis()).containsExactly(5_000L);

        cluster.on(new UpdateFramework(Requests.POOL, "spark", 1L, List.of(units(2)), 60_000L));
        framework.decline(1_000, framework.lastOffer());
        framework.stay(2_000, "a");

        assertThat(offeredCpuMillis()).containsExactly(2_000L);
    }

    @Test
    void offersADeclinedAgentThatHasMoreAsSoonAsMoreUnitsAreLeft() {
        agent("a", 1, 4);
        agent("b", 1, 6);
        framework.subscribe(units(7));
        framework.decline(100_000, framework.offers().get(0));
        assertThat(offeredCpuMillis()).containsExactly(3_000L, 3_000L);
        agent("a", 2, 6);
        assertThat(offeredCpuMillis()).containsExactly(3_000L, 3_000L);

        framework.decline(100_000, framework.unanswered().toArray(new Offer[0]));

        assertThat(offeredCpuMillis()).containsExactly(6_000L);
    }

    @Test
    void looksAtOtherAgentsAgainWhenUnitsAreLeftAfterAllWereUsedOrOffered() {
        agent("a", 1, 2);
        agent("b", 1, 1);
        agent("c", 1, 1);
        framework.subscribe(units(3));
        assertThat(offeredCpuMillis()).containsExactly(2_000L, 1_000L);
        Offer ofB = framework.lastOffer();
        TaskRequest task = Requests.task("t1")
                .setRole("eng")
                .setResources(Requests.resources(2_000, 512))
                .build();
        framework.launch(framework.offers().get(0), task);

        framework.decline(100_000, ofB);

        assertThat(framework.unanswered()).extracting(Offer::getAgentId).containsExactly("c");
    }

    @Test
    void doesNotTellAnOfferOnceMoreThatIsTakenBackInTheSameStep() {
        Harness smallSteps = new Harness(1);
        FrameworkFixture slow = new FrameworkFixture(smallSteps, "spark", 1);
        agent(smallSteps, "a", 1, 4);
        agent(smallSteps, "b", 1, 4);
        slow.subscribe("eng");
        assertThat(slow.offers()).hasSize(2);
        slow.stay(59_750, "a", "b");
        smallSteps.loseContinues();
        smallSteps.tick();
        assertThat(slow.told(OffersRescinded.class)).hasSize(1);
        smallSteps.forgetMessages();

        slow.subscribe("eng");

        assertThat(slow.told(OffersRescinded.class)).hasSize(1);
        assertThat(slow.told(OffersMade.class)).isEmpty();
    }
}
