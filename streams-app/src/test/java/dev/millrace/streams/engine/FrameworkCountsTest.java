package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkHeartbeat;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.Records;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is counted while the core itself decides. */
class FrameworkCountsTest {
    private static final String POOL = "default";
    private static final String ID = "spark";
    private static final long TICK_MS = 250;

    private final RecordCodec codec = new RecordCodec();
    private final Tally tally = new Tally();
    private final Map<Topic, Long> offsets = new EnumMap<>(Topic.class);
    private final StoredState state = new StoredState();
    private final List<String> offers = new ArrayList<>();
    private PartitionEngine engine = engine();
    private long nowMs = 1_000_000;

    @BeforeEach
    void subscribe() {
        engine.restored();
        tick();
        take(Topic.AGENT_EVENTS, Records.registered(POOL, "a", 1));
        take(Topic.AGENT_EVENTS, Records.registered(POOL, "b", 1));
        take(Topic.FRAMEWORK_CALLS, Records.subscribe(POOL, ID, 7));
    }

    @Test
    void countsOffersThatAreMade() {
        assertThat(tally.made).isEqualTo(2);
        assertThat(tally.out).isEqualTo(2);
        assertThat(tally.frameworks).isEqualTo(Map.of(FrameworkState.FRAMEWORK_ACTIVE, 1));
    }

    @Test
    void tellsAcceptedOffersFromDeclinedOnesAndHowOldTheyWere() {
        tick();
        tick();
        take(Topic.FRAMEWORK_CALLS, accept(offers.get(0)));
        tick();
        take(Topic.FRAMEWORK_CALLS, new DeclineOffers(POOL, ID, 7L, List.of(offers.get(1)), 60_000L));

        assertThat(tally.answered).containsExactly("accepted after 500", "declined after 750");
        assertThat(tally.out).isEqualTo(tally.made - 2);
        assertThat(tally.rescinded).isEmpty();
    }

    @Test
    void countsAnAcceptanceThatDoesNothingAsDeclined() {
        take(Topic.FRAMEWORK_CALLS, new AcceptOffers(POOL, ID, 7L, List.of(offers.get(0)), List.of(), 60_000L));

        assertThat(tally.answered).containsExactly("declined after 0");
    }

    @Test
    void countsOffersThatTimeOutAsRescindedAndNotAsAnswered() {
        // The framework lives on meanwhile, so that its offers go for no other reason.
        for (int i = 0; i < 60_000 / TICK_MS; i++) {
            tick();
            if (i % 8 == 0) {
                take(Topic.FRAMEWORK_CALLS, new FrameworkHeartbeat(POOL, ID, 7L));
                take(Topic.AGENT_EVENTS, Records.heartbeat(POOL, "a", 1));
                take(Topic.AGENT_EVENTS, Records.heartbeat(POOL, "b", 1));
            }
        }

        assertThat(tally.rescinded).isEqualTo(Map.of(Reason.REASON_OFFER_TIMEOUT, 2));
        assertThat(tally.answered).isEmpty();
    }

    @Test
    void countsCallsThatAreNotTaken() {
        take(Topic.FRAMEWORK_CALLS, new FrameworkHeartbeat(POOL, ID, 6L));
        take(Topic.FRAMEWORK_CALLS, new FrameworkHeartbeat(POOL, "nobody", 6L));

        assertThat(tally.refused)
                .isEqualTo(Map.of(Reason.REASON_FRAMEWORK_FENCED, 1, Reason.REASON_FRAMEWORK_UNKNOWN, 1));
    }

    @Test
    void forgetsAFrameworkThatIsOver() {
        take(Topic.FRAMEWORK_CALLS, new Teardown(POOL, ID, 7L));
        tick();

        assertThat(tally.frameworks.values()).containsOnly(0);
        assertThat(tally.out).isZero();
        assertThat(tally.rescinded).isEqualTo(Map.of(Reason.REASON_FRAMEWORK_REMOVED, 2));
    }

    @Test
    void goesOnFromWhatWasStored() {
        int made = tally.made;
        engine = engine();
        engine.restore(state);
        tick();
        take(Topic.FRAMEWORK_CALLS, accept(offers.get(0)));

        assertThat(tally.made).isEqualTo(made);
        assertThat(tally.answered).containsExactly("accepted after 250");
        assertThat(tally.out).isEqualTo(1);
        assertThat(tally.frameworks).isEqualTo(Map.of(FrameworkState.FRAMEWORK_ACTIVE, 1));
    }

    private PartitionEngine engine() {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, "id of " + topic));
        return new PartitionEngine(
                0, new InboundTopics(1, ids, Set.of()), state, StepInterceptor.NONE, new FrameworkCounts(tally));
    }

    private static AcceptOffers accept(String offerId) {
        OfferOperation launch = OfferOperation.newBuilder()
                .setType(OperationType.LAUNCH)
                .setTasks(List.of(Records.request(POOL, "t").build()))
                .build();
        return new AcceptOffers(POOL, ID, 7L, List.of(offerId), List.of(launch), 60_000L);
    }

    private void tick() {
        nowMs += TICK_MS;
        take(Topic.INTERNAL, new Tick(0, TICK_MS));
    }

    private void take(Topic topic, SpecificRecord record) {
        Step step =
                engine.take(new RawRecord(topic, 0, offsets.merge(topic, 1L, Long::sum), nowMs, codec.encode(record)));
        state.apply(step);
        for (Outgoing output : step.outputs()) {
            if (codec.decode(output.value()) instanceof Decoded.Value value
                    && value.record() instanceof OffersMade made) {
                made.getOffers().stream().map(Offer::getOfferId).forEach(offers::add);
            }
        }
    }

    private static final class Tally implements FrameworkMeter {
        private int made;
        private int out;
        private final List<String> answered = new ArrayList<>();
        private final Map<Reason, Integer> rescinded = new EnumMap<>(Reason.class);
        private final Map<Reason, Integer> refused = new EnumMap<>(Reason.class);
        private final Map<FrameworkState, Integer> frameworks = new EnumMap<>(FrameworkState.class);

        @Override
        public void offersMade(int count) {
            made += count;
        }

        @Override
        public void offerAnswered(boolean accepted, long ageMs) {
            answered.add((accepted ? "accepted" : "declined") + " after " + ageMs);
        }

        @Override
        public void offersRescinded(Reason reason, int count) {
            rescinded.merge(reason, count, Integer::sum);
        }

        @Override
        public void callRefused(Reason reason) {
            refused.merge(reason, 1, Integer::sum);
        }

        @Override
        public void offersOut(int count) {
            out = count;
        }

        @Override
        public void frameworksIn(FrameworkState state, int count) {
            frameworks.put(state, count);
        }
    }
}
