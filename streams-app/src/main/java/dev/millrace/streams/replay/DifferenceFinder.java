package dev.millrace.streams.replay;

import dev.millrace.contract.DeadLetter;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.replay.RecordedOutputs.Place;
import dev.millrace.streams.topology.InputHeader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first message that came out of a replay otherwise than it was put out. The journal only says that something in a block is not the
 * same; what was put out lies on the topics, as long as retention leaves it there.
 */
final class DifferenceFinder {
    private final RecordedOutputs recordedOutputs;
    private final RecordCodec codec = new RecordCodec();

    DifferenceFinder(Topics topics, Supplier<Consumer<byte[], byte[]>> consumers) {
        recordedOutputs = new RecordedOutputs(topics, consumers);
    }

    /** Recorded messages of one place that are not compared yet, by the input that they follow from. */
    private record Recorded(Map<String, Map<Place, Deque<ConsumerRecord<byte[], byte[]>>>> byInput) {
        static Recorded of(Map<Place, List<ConsumerRecord<byte[], byte[]>>> found) {
            Recorded recorded = new Recorded(new HashMap<>());
            found.forEach((place, records) -> records.forEach(record -> recorded.byInput
                    .computeIfAbsent(InputHeader.in(record.headers()).orElseThrow(), input -> new HashMap<>())
                    .computeIfAbsent(place, p -> new ArrayDeque<>())
                    .add(record)));
            return recorded;
        }

        @Nullable
        ConsumerRecord<byte[], byte[]> next(String input, Place place) {
            Deque<ConsumerRecord<byte[], byte[]>> records =
                    byInput.getOrDefault(input, Map.of()).get(place);
            return records == null ? null : records.poll();
        }
    }

    /**
     * The first message that differs; empty if all messages that can still be compared are the same, so that it is a stored record that
     * differs.
     *
     * @param inputs the inputs that were replayed, in order, up to where the difference was noticed
     */
    Optional<Difference> first(List<ReplayedInput> inputs) {
        if (inputs.isEmpty()) {
            return Optional.empty();
        }
        Set<String> places = inputs.stream().map(input -> input.input().place()).collect(Collectors.toSet());
        var found = recordedOutputs.of(
                inputs.get(0).input().partition(), places::contains, time(inputs, true), time(inputs, false));
        return found.records().isEmpty() ? Optional.empty() : first(inputs, found);
    }

    /** The first message that differs from what was found on the topics. */
    Optional<Difference> first(List<ReplayedInput> inputs, RecordedOutputs.Found found) {
        Recorded recorded = Recorded.of(found.records());
        return inputs.stream()
                .flatMap(input -> first(input, recorded, found.cut()).stream())
                .findFirst();
    }

    private static Instant time(List<ReplayedInput> inputs, boolean first) {
        var times = inputs.stream().mapToLong(input -> input.input().timestampMs());
        return Instant.ofEpochMilli((first ? times.min() : times.max()).orElseThrow());
    }

    private Optional<Difference> first(ReplayedInput replayed, Recorded recorded, Set<Place> cut) {
        String input = replayed.input().place();
        for (Outgoing output : replayed.outputs()) {
            if (!RecordedOutputs.TOPICS.contains(output.topic())) {
                continue;
            }
            Place place = new Place(output.topic(), output.partition());
            ConsumerRecord<byte[], byte[]> was = recorded.next(input, place);
            if (was == null && cut.contains(place)) {
                continue;
            }
            if (was == null || !same(output, was)) {
                return Optional.of(new Difference(
                        input,
                        output.topic().topicName(),
                        text(output.key()),
                        was == null ? "" : json(was.value()),
                        json(output.value())));
            }
        }
        for (Topic topic : RecordedOutputs.TOPICS) {
            for (var left : recorded.byInput().getOrDefault(input, Map.of()).entrySet()) {
                if (left.getKey().topic() == topic && !left.getValue().isEmpty()) {
                    ConsumerRecord<byte[], byte[]> was = left.getValue().getFirst();
                    return Optional.of(
                            new Difference(input, topic.topicName(), text(was.key()), json(was.value()), ""));
                }
            }
        }
        return Optional.empty();
    }

    /** Whether a replay put out what was put out. What a dead letter quotes of the platform's words may differ. */
    private boolean same(Outgoing replayed, ConsumerRecord<byte[], byte[]> recorded) {
        if (!Arrays.equals(replayed.key(), recorded.key())) {
            return false;
        }
        return Arrays.equals(replayed.value(), recorded.value())
                || (replayed.topic() == Topic.DEAD_LETTERS
                        && codec.decode(replayed.value()) instanceof Decoded.Value now
                        && codec.decode(recorded.value()) instanceof Decoded.Value then
                        && now.record() instanceof DeadLetter nowLetter
                        && then.record() instanceof DeadLetter thenLetter
                        && nowLetter.getReason() == thenLetter.getReason());
    }

    private String json(byte @Nullable [] value) {
        if (value == null) {
            return "null";
        }
        return codec.decode(value) instanceof Decoded.Value decoded
                ? decoded.record().toString()
                : HexFormat.of().formatHex(value);
    }

    private static String text(byte @Nullable [] key) {
        return key == null ? "" : new String(key, StandardCharsets.UTF_8);
    }
}
