package dev.millrace.streams.replay;

import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.replay.RecordedOutputs.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out in which order a partition took inputs of which no journal is left. Within a topic it is that of the offsets. Between topics it is
 * told by what was put out: on each topic and partition, outputs lie in the order of their inputs. Where neither says anything, the earlier one
 * by its time comes first. Mutable, for one use.
 */
final class TailOrder {
    private final EnumMap<Topic, Deque<RawRecord>> inputs = new EnumMap<>(Topic.class);
    /** The inputs that outputs of each place followed from and that did not have their turn yet. */
    private final Map<Place, Deque<String>> causes;
    /** The places where something followed from an input. */
    private final Map<String, Set<Place>> effects = new HashMap<>();

    /**
     * @param inputs the inputs of each topic, by offset
     * @param causes the inputs that the outputs of each place followed from, in the outputs' order
     */
    TailOrder(Map<Topic, List<RawRecord>> inputs, Map<Place, List<String>> causes) {
        inputs.forEach((topic, records) -> this.inputs.put(topic, new ArrayDeque<>(records)));
        this.causes = new LinkedHashMap<>();
        causes.forEach((place, places) -> {
            this.causes.put(place, new ArrayDeque<>(places));
            places.forEach(input ->
                    effects.computeIfAbsent(input, i -> new HashSet<>()).add(place));
        });
    }

    /** The inputs in order; empty if the outputs contradict each other, which what the scheduler wrote does not. */
    Optional<List<RawRecord>> find() {
        List<RawRecord> order = new ArrayList<>();
        while (inputs.values().stream().anyMatch(left -> !left.isEmpty())) {
            RawRecord next = next();
            if (next == null) {
                return Optional.empty();
            }
            take(next);
            order.add(next);
        }
        return Optional.of(order);
    }

    private @Nullable RawRecord next() {
        RawRecord earliest = null;
        for (Deque<RawRecord> left : inputs.values()) {
            RawRecord head = left.peek();
            if (head != null
                    && (earliest == null || head.timestampMs() < earliest.timestampMs())
                    && mayBeNext(head.place())) {
                earliest = head;
            }
        }
        return earliest;
    }

    private boolean mayBeNext(String input) {
        return effects.getOrDefault(input, Set.of()).stream()
                .allMatch(place -> input.equals(
                        causes.getOrDefault(place, new ArrayDeque<>()).peek()));
    }

    private void take(RawRecord input) {
        String place = input.place();
        for (Place affected : effects.getOrDefault(place, Set.of())) {
            Deque<String> left = causes.getOrDefault(affected, new ArrayDeque<>());
            while (place.equals(left.peek())) {
                left.remove();
            }
        }
        inputs.getOrDefault(input.topic(), new ArrayDeque<>()).remove();
    }
}
