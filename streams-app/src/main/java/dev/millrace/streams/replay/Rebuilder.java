package dev.millrace.streams.replay;

import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.RecordedOutputs.Place;
import dev.millrace.streams.topology.InputHeader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes out what a partition must have stored when its stores are lost: replays the journal from a snapshot or the beginning on. The open block
 * is lost with the stores, and with it the order of the last inputs; that is found again by what was put out, and what comes out of a replay
 * in that order must be what was put out, message for message. Inputs after the last one that anything followed from count as not taken: the
 * scheduler takes them when it runs again, and nobody has seen that it had.
 */
final class Rebuilder {
    private final Topics topics;
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final RecordCodec codec = new RecordCodec();

    Rebuilder(Topics topics, Supplier<Consumer<byte[], byte[]>> consumers) {
        this.topics = topics;
        this.consumers = consumers;
    }

    /**
     * Rebuilds a partition with a pass that has not begun.
     *
     * @throws ReplayFailedException if the log does not suffice for it
     */
    RebuiltPartition rebuild(PartitionPass pass) {
        PartitionReplay replay = pass.replay();
        Optional<JournalBlock> block = pass.nextClosed();
        while (block.isPresent() && replay.replay(block.get())) {
            block = pass.nextClosed();
        }
        requireVerified(replay);
        Optional<JournalBlock> open = pass.open().filter(last -> last.getNumber() == replay.nextBlock());
        if (open.isPresent()) {
            replay.replay(open.get());
            requireVerified(replay);
            replay.state().saveOpenBlock(open.get());
        }
        // Also where there is an open block: it may be an earlier one than the last, if the broker has lost something.
        return withoutJournal(pass);
    }

    private static void requireVerified(PartitionReplay replay) {
        if (replay.result().outcome() != ReplayResult.Outcome.VERIFIED) {
            throw new ReplayFailedException(replay.result());
        }
    }

    private RebuiltPartition withoutJournal(PartitionPass pass) {
        PartitionReplay replay = pass.replay();
        int partition = replay.result().partition();
        StoredState state = replay.state();
        Map<Topic, Long> taken = state.positions();
        RecordedOutputs.Found found = new RecordedOutputs(topics, consumers).last(partition, taken, since(pass, taken));
        Map<Place, List<ConsumerRecord<byte[], byte[]>>> outputs = found.records();
        Map<Place, List<String>> causes = new HashMap<>();
        Map<Topic, Long> last = new EnumMap<>(Topic.class);
        outputs.forEach((place, records) -> causes.put(
                place,
                records.stream()
                        .map(record -> InputHeader.in(record.headers()).orElseThrow())
                        .peek(input -> last.merge(
                                InputHeader.topic(input).orElseThrow(), InputHeader.offset(input), Math::max))
                        .toList()));
        Map<String, Long> internalBefore = new HashMap<>();
        outputs.values()
                .forEach(records -> records.forEach(record -> InputHeader.internalOffset(record.headers())
                        .ifPresent(offset -> internalBefore.put(
                                InputHeader.in(record.headers()).orElseThrow(), offset))));
        internalBefore.values().forEach(offset -> last.merge(Topic.INTERNAL, offset, Math::max));
        TailOrder tail = new TailOrder(
                inputs(pass, taken, last), causes, internalBefore, taken.getOrDefault(Topic.INTERNAL, -1L));
        List<RawRecord> order = tail.find()
                .orElseThrow(() -> new ReplayFailedException(
                        partition,
                        "what was put out after the journal's end follows from inputs that are not there or not in any order"
                                + tail.wanted()
                                        .map(input -> "; the next would be " + input)
                                        .orElse("")));
        Set<String> poisoned = poisoned(outputs);
        ReplayStart here = new ReplayStart(
                partition, pass.start().partitions(), state, pass.start().topicIds());
        PartitionEngine engine = new PartitionEngine(partition, here.topics(), state, StepInterceptor.NONE);
        engine.restore(state);
        List<ReplayedInput> replayed = new ArrayList<>();
        List<JournalBlock> closed = new ArrayList<>();
        for (RawRecord input : order) {
            Step step = poisoned.contains(input.place()) ? engine.skipPoison(input) : engine.take(input);
            replayed.add(new ReplayedInput(input, step.outputs()));
            step.outputs().stream()
                    .filter(output -> output.topic() == Topic.JOURNAL)
                    .forEach(output -> closed.add(block(output)));
            state.apply(step);
        }
        new DifferenceFinder(topics, consumers).first(replayed, found).ifPresent(difference -> {
            throw new ReplayFailedException(
                    partition,
                    "the order of the last " + order.size()
                            + " inputs, which no journal names, can't be told: what follows"
                            + " from " + difference.input() + " on " + difference.topic() + " was "
                            + difference.recorded() + " and would be " + difference.replayed());
        });
        state.savePositions(idsOf(order, pass.start().topicIds()));
        return new RebuiltPartition(
                partition,
                state,
                replay.result().blocks(),
                replay.result().inputs() + order.size(),
                order.size(),
                closed);
    }

    /** A time that no input after those that were taken is older than, by the broker's stamps. */
    private static Instant since(PartitionPass pass, Map<Topic, Long> taken) {
        return Topic.inbound().stream()
                .flatMap(topic -> pass.input(topic, taken.getOrDefault(topic, -1L) + 1).stream())
                .map(input -> Instant.ofEpochMilli(input.timestampMs()))
                .min(Comparator.naturalOrder())
                .orElse(pass.replay().wall());
    }

    /** The ids that the inputs' topics have now. */
    private static Map<Topic, String> idsOf(List<RawRecord> inputs, Map<Topic, String> topicIds) {
        Map<Topic, String> ids = new EnumMap<>(Topic.class);
        ids.putAll(topicIds);
        ids.keySet().retainAll(inputs.stream().map(RawRecord::topic).collect(Collectors.toSet()));
        return ids;
    }

    private static Map<Topic, List<RawRecord>> inputs(
            PartitionPass pass, Map<Topic, Long> taken, Map<Topic, Long> last) {
        Map<Topic, List<RawRecord>> inputs = new EnumMap<>(Topic.class);
        last.forEach((topic, until) -> {
            List<RawRecord> records = new ArrayList<>();
            Optional<RawRecord> next = pass.input(topic, taken.getOrDefault(topic, -1L) + 1);
            while (next.isPresent() && next.get().offset() <= until) {
                records.add(next.get());
                next = pass.input(topic, next.get().offset() + 1);
            }
            inputs.put(topic, records);
        });
        return inputs;
    }

    /** The inputs that were skipped because the scheduler failed on them. */
    private Set<String> poisoned(Map<Place, List<ConsumerRecord<byte[], byte[]>>> outputs) {
        Set<String> poisoned = new HashSet<>();
        outputs.forEach((place, records) -> records.forEach(record -> {
            if (place.topic() == Topic.DEAD_LETTERS
                    && codec.decode(record.value()) instanceof Decoded.Value value
                    && value.record() instanceof DeadLetter letter
                    && letter.getReason() == DeadLetterReason.POISON) {
                poisoned.add(new String(Objects.requireNonNull(record.key()), StandardCharsets.UTF_8));
            }
        }));
        return poisoned;
    }

    private JournalBlock block(Outgoing output) {
        Decoded decoded = codec.decode(output.value());
        return (JournalBlock) ((Decoded.Value) decoded).record();
    }
}
