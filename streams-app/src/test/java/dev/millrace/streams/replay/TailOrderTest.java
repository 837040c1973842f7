package dev.millrace.streams.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.replay.RecordedOutputs.Place;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TailOrderTest {
    private static final Place STATUSES = new Place(Topic.TASK_STATUS, 0);
    private static final Place DECISIONS = new Place(Topic.DECISIONS, 0);

    @Test
    void theEarlierComesFirstWhereNothingSaysOtherwise() {
        RawRecord request = input(Topic.TASK_REQUESTS, 0, 20);
        RawRecord event = input(Topic.AGENT_EVENTS, 0, 10);

        assertThat(order(List.of(request, event), Map.of(), Map.of())).containsExactly(event, request);
    }

    @Test
    void outputsTellTheOrderWhateverTheTimes() {
        RawRecord request = input(Topic.TASK_REQUESTS, 0, 20);
        RawRecord event = input(Topic.AGENT_EVENTS, 0, 10);

        assertThat(order(
                        List.of(request, event),
                        Map.of(STATUSES, List.of(request.place(), request.place(), event.place())),
                        Map.of()))
                .containsExactly(request, event);
    }

    @Test
    void anOutputTellsWhichTicksWereBeforeItsInput() {
        RawRecord request = input(Topic.TASK_REQUESTS, 0, 10);
        RawRecord first = input(Topic.INTERNAL, 5, 20);
        RawRecord second = input(Topic.INTERNAL, 6, 30);

        assertThat(order(
                        List.of(request, first, second),
                        Map.of(STATUSES, List.of(request.place())),
                        Map.of(request.place(), 5L)))
                .containsExactly(first, request, second);
    }

    @Test
    void outputsThatContradictEachOtherHaveNoOrder() {
        RawRecord request = input(Topic.TASK_REQUESTS, 0, 10);
        RawRecord event = input(Topic.AGENT_EVENTS, 0, 10);

        assertThat(new TailOrder(
                                byTopic(List.of(request, event)),
                                Map.of(
                                        STATUSES, List.of(request.place(), event.place()),
                                        DECISIONS, List.of(event.place(), request.place())),
                                Map.of(),
                                -1)
                        .find())
                .isEmpty();
    }

    @Test
    void anInputThatIsNotThereIsNamed() {
        RawRecord request = input(Topic.TASK_REQUESTS, 0, 10);
        RawRecord lost = input(Topic.TASK_REQUESTS, 1, 11);

        TailOrder order = new TailOrder(
                byTopic(List.of(request)), Map.of(STATUSES, List.of(request.place(), lost.place())), Map.of(), -1);

        assertThat(order.find()).isEmpty();
        assertThat(order.wanted()).contains(lost.place());
    }

    /**
     * Ticks put nothing out, nor do some other inputs, and times are of no use. What put something out must be found in its order and with
     * the same ticks before it, and each topic in its own.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatCanBeSeenOfAnOrderIsFoundAgain(long seed) {
        Random random = new Random(seed);
        List<Topic> topics = List.copyOf(Topic.inbound());
        Map<Topic, Long> offsets = new HashMap<>();
        List<RawRecord> taken = new ArrayList<>();
        Map<Place, List<String>> causes = new HashMap<>();
        Map<String, Long> internalBefore = new HashMap<>();
        for (int i = 0; i < 200; i++) {
            Topic topic = topics.get(random.nextInt(topics.size()));
            RawRecord input = input(topic, offsets.merge(topic, 1L, Long::sum), random.nextInt(5));
            taken.add(input);
            if (topic != Topic.INTERNAL && random.nextInt(3) > 0) {
                causes.computeIfAbsent(STATUSES, p -> new ArrayList<>()).add(input.place());
                if (random.nextBoolean()) {
                    causes.computeIfAbsent(DECISIONS, p -> new ArrayList<>()).add(input.place());
                }
                internalBefore.put(input.place(), offsets.getOrDefault(Topic.INTERNAL, -1L));
            }
        }

        List<RawRecord> found = order(taken, causes, internalBefore);

        assertThat(found).containsExactlyInAnyOrderElementsOf(taken);
        for (Topic topic : topics) {
            assertThat(found.stream().filter(input -> input.topic() == topic))
                    .containsExactlyElementsOf(taken.stream()
                            .filter(input -> input.topic() == topic)
                            .toList());
        }
        assertThat(seen(found, internalBefore)).isEqualTo(seen(taken, internalBefore));
    }

    /** The inputs that put something out and the ticks, in order. */
    private static List<RawRecord> seen(List<RawRecord> order, Map<String, Long> internalBefore) {
        return order.stream()
                .filter(input -> input.topic() == Topic.INTERNAL || internalBefore.containsKey(input.place()))
                .toList();
    }

    private static List<RawRecord> order(
            List<RawRecord> inputs, Map<Place, List<String>> causes, Map<String, Long> internalBefore) {
        return new TailOrder(byTopic(inputs), causes, internalBefore, -1).find().orElseThrow();
    }

    private static Map<Topic, List<RawRecord>> byTopic(List<RawRecord> inputs) {
        Map<Topic, List<RawRecord>> byTopic = new EnumMap<>(Topic.class);
        inputs.forEach(input -> byTopic.computeIfAbsent(input.topic(), topic -> new ArrayList<>())
                .add(input));
        return byTopic;
    }

    private static RawRecord input(Topic topic, long offset, long timestampMs) {
        return new RawRecord(topic, 0, offset, timestampMs, new byte[0]);
    }
}
