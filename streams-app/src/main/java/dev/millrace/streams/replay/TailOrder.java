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
 * told by what was put out: on each topic and partition, outputs lie in the order of their inputs, and each says which record of the internal
 * topic, and so which tick, had been taken last. Where nothing says anything, the earlier one by its time comes first. Mutable, for one use.
 */
final class TailOrder {
    private final EnumMap<Topic, Deque<RawRecord>> inputs = new EnumMap<>(Topic.class);
    /** The inputs that outputs of each place followed from and that did not have their turn yet. */
    private final Map<Place, Deque<String>> causes;
    /** The places where something followed from an input. */
    private final Map<String, Set<Place>> effects = new HashMap<>();

    /** Of inputs of other topics that something followed from and that did not have their turn yet: the internal record before them. */
    private final Map<String, Long> internalBefore;

    private long internalTaken;

    /**
     * @param inputs the inputs of each topic, by offset
     * @param causes the inputs that the outputs of each place followed from, in the outputs' order
     * @param internalBefore the offset of the internal record that was taken last when something followed from an input
     * @param internalTaken that of the one that was taken last before all these inputs
     */
    TailOrder(
            Map<Topic, List<RawRecord>> inputs,
            Map<Place, List<String>> causes,
            Map<String, Long> internalBefore,
            long internalTaken) {
        this.internalTaken = internalTaken;
        this.internalBefore = new HashMap<>(internalBefore);
        this.internalBefore.keySet().removeIf(input -> input.startsWith(Topic.INTERNAL.topicName() + "/"));
        inputs.forEach((topic, records) -> this.inputs.put(topic, new ArrayDeque<>(records)));
        this.causes = new LinkedHashMap<>();
        causes.forEach((place, places) -> {
            this.causes.put(place, new ArrayDeque<>(places));
            places.forEach(input ->
                    effects.computeIfAbsent(input, i -> new HashSet<>()).add(place));
        });
    }

    /**
     * The inputs in order; empty if the outputs contradict each other, which what the scheduler wrote does not, or if an input is not there
     * that something followed from: see {@link #wanted}.
     */
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
        return wanted().isEmpty() ? Optional.of(order) : Optional.empty();
    }

    /** Where no order was found: an input that something followed from next, and that was not there or not to be had in its turn. */
    Optional<String> wanted() {
        return causes.values().stream()
                .filter(left -> !left.isEmpty())
                .map(Deque::getFirst)
                .findFirst();
    }

    private @Nullable RawRecord next() {
        RawRecord earliest = null;
        for (Deque<RawRecord> left : inputs.values()) {
            RawRecord head = left.peek();
            if (head != null && (earliest == null || head.timestampMs() < earliest.timestampMs()) && mayBeNext(head)) {
                earliest = head;
            }
        }
        return earliest;
    }

    private boolean mayBeNext(RawRecord head) {
        String input = head.place();
        boolean inTime = head.topic() == Topic.INTERNAL
                ? internalBefore.values().stream().noneMatch(before -> before < head.offset())
                : internalBefore.getOrDefault(input, internalTaken) <= internalTaken;
        return inTime && isNextOfItsEffects(input);
    }

    private boolean isNextOfItsEffects(String input) {
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
        internalBefore.remove(place);
        if (input.topic() == Topic.INTERNAL) {
            internalTaken = input.offset();
        }
    }
}
