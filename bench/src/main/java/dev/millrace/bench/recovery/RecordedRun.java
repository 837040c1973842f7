package dev.millrace.bench.recovery;

import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.replay.InputLog;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The inputs that a partition has taken, in memory, with the journal of them. Mutable; owned by one thread. */
final class RecordedRun {
    private final RecordCodec codec = new RecordCodec();
    private final EnumMap<Topic, List<RawRecord>> inputs = new EnumMap<>(Topic.class);
    private final List<Outgoing> journal = new ArrayList<>();
    private final List<JournalBlock> blocks = new ArrayList<>();

    private RecordedRun() {
        Topic.inbound().forEach(topic -> inputs.put(topic, new ArrayList<>()));
    }

    /** Records a run of about so many inputs, most of which are of tasks' lives. */
    static RecordedRun of(int inputs, long startMs) {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, "recorded"));
        RecordedRun run = new RecordedRun();
        DrivenPartition partition = new DrivenPartition(new InboundTopics(1, ids, Set.of()), startMs, run::took);
        // A request and two reports.
        partition.runLifecycles(Math.max(1, (int) (inputs - partition.inputs()) / 3));
        partition.closeBlock();
        return run;
    }

    private void took(RawRecord input, Step step) {
        inputs(input.topic()).add(input);
        for (Outgoing output : step.outputs()) {
            if (output.topic() == Topic.JOURNAL) {
                journal.add(output);
                blocks.add((JournalBlock) ((Decoded.Value) codec.decode(output.value())).record());
            }
        }
    }

    /** The inputs of a topic, each at the place of its offset. */
    List<RawRecord> inputs(Topic topic) {
        return Objects.requireNonNull(inputs.get(topic), topic::topicName);
    }

    /** The blocks as they go to the journal topic. */
    List<Outgoing> journal() {
        return journal;
    }

    /** How many inputs are in the blocks; one or two more may have been taken since. */
    long recorded() {
        return blocks.stream()
                .flatMap(block -> block.getRuns().stream())
                .mapToLong(JournalRun::getCount)
                .sum();
    }

    List<JournalBlock> blocks() {
        return blocks;
    }

    /** The inputs, to be read again. */
    InputLog log() {
        return new InputLog() {
            @Override
            public Optional<RawRecord> next(Topic topic, long offset) {
                List<RawRecord> records = inputs(topic);
                return offset < records.size() ? Optional.of(records.get((int) offset)) : Optional.empty();
            }

            @Override
            public void close() {}
        };
    }
}
