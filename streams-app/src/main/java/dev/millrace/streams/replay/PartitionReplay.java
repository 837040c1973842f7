package dev.millrace.streams.replay;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replays one partition's journal, from what was stored at some moment on: takes each block's inputs in order, does with them what was done
 * then, and compares the checksum. Ends at the first thing that is not as it was. Mutable; owned by one thread.
 */
public final class PartitionReplay {
    private final int partition;
    private final InputLog inputs;
    private final ReplayWatcher watcher;
    private final PartitionEngine engine;
    private final StoredState state;
    /** Those of the last block. */
    private final List<ReplayedInput> replayed = new ArrayList<>();

    /** What the next block begins with. */
    private long nextBlock;

    private long inputsBefore;
    private long checksumBefore;
    /** How many of the next block's inputs are in the state already. */
    private long alreadyTaken;

    /** The topics of which inputs were taken here, so that they are known to be the ones that the journal speaks of. */
    private final Set<Topic> seen = EnumSet.noneOf(Topic.class);

    private final Map<Topic, String> topicIds;
    private final long firstInput;
    private final long firstBlock;
    private long inputsTaken;
    private @Nullable Instant until;
    private boolean timeReached;
    private Outcome outcome = Outcome.VERIFIED;
    private String detail = "";

    /** A replay from the beginning of all, which nobody watches. */
    public PartitionReplay(int partition, int partitions, InputLog inputs) {
        this(ReplayStart.atTheBeginning(partition, partitions), inputs, ReplayWatcher.NONE);
    }

    /**
     * @param inputs the partition's inputs
     * @throws IllegalStateException if the state can't be read
     */
    public PartitionReplay(ReplayStart start, InputLog inputs, ReplayWatcher watcher) {
        this.partition = start.partition();
        this.inputs = inputs;
        this.watcher = watcher;
        this.state = start.state();
        topicIds = start.topicIds();
        watcher.begins(partition);
        engine = new PartitionEngine(partition, start.topics(), state, StepInterceptor.NONE, watcher);
        engine.restore(state);
        state.openBlock().ifPresent(this::goOnFrom);
        firstInput = inputsBefore + alreadyTaken;
        firstBlock = nextBlock;
        inputsTaken = firstInput;
    }

    private void goOnFrom(JournalBlock open) {
        nextBlock = open.getNumber();
        inputsBefore = open.getInputsBefore();
        checksumBefore = open.getChecksumBefore();
        alreadyTaken = open.getRuns().stream().mapToLong(JournalRun::getCount).sum();
    }

    /** Sees to it that the replay stops before the first tick that is later, or the first input of all: the state then is that of the time. */
    void stopAt(Instant time) {
        until = time;
    }

    /** Whether the replay has stopped because the time was reached. */
    boolean timeReached() {
        return timeReached;
    }

    /** The number of the block that has to come next. */
    long nextBlock() {
        return nextBlock;
    }

    /**
     * Replays the next block.
     *
     * @return true if all was as it was then, so that the next block can follow
     */
    public boolean replay(JournalBlock block) {
        if (outcome != Outcome.VERIFIED || timeReached) {
            throw new IllegalStateException("the replay has ended: " + detail);
        }
        replayed.clear();
        if (!follows(block)) {
            return false;
        }
        long skip = alreadyTaken;
        for (JournalRun run : block.getRuns()) {
            long skipped = Math.min(skip, run.getCount());
            skip -= skipped;
            if (!replay(block, run, skipped)) {
                return false;
            }
        }
        if (engine.checksum() != block.getChecksumAfter()) {
            return different(
                    block,
                    String.format("the checksum is %016x and was %016x", engine.checksum(), block.getChecksumAfter()));
        }
        nextBlock++;
        alreadyTaken = 0;
        inputsBefore = inputsTaken;
        checksumBefore = engine.checksum();
        saveNextBlock(block);
        watcher.verified(block);
        return true;
    }

    /** The engine closes blocks by itself, and need not do so where the scheduler did; what is stored goes by the journal. */
    private void saveNextBlock(JournalBlock replayedBlock) {
        state.saveOpenBlock(new JournalBlock(
                partition,
                replayedBlock.getPartitions(),
                nextBlock,
                replayedBlock.getBehaviour(),
                List.of(),
                inputsBefore,
                checksumBefore,
                checksumBefore,
                replayedBlock.getClosedAt()));
        state.savePositions(idsOf(seen));
    }

    /** The ids that topics have now, as far as they are known. */
    private Map<Topic, String> idsOf(Set<Topic> topics) {
        Map<Topic, String> ids = new EnumMap<>(Topic.class);
        ids.putAll(topicIds);
        ids.keySet().retainAll(topics);
        return ids;
    }

    /** What the replay has come to. */
    public PartitionResult result() {
        return new PartitionResult(
                partition,
                outcome,
                nextBlock - firstBlock,
                inputsTaken - firstInput,
                engine.checksum(),
                detail,
                Optional.empty());
    }

    /** How many inputs were ever taken, those before the replay's beginning included. */
    long inputs() {
        return inputsTaken;
    }

    /** What is stored as of the last input that was taken. */
    public StoredState state() {
        return state;
    }

    /** The wall clock as of the last tick that was taken. */
    Instant wall() {
        return Instant.ofEpochMilli(engine.wallMs());
    }

    /** The inputs of the last block that were taken, in order. */
    List<ReplayedInput> replayed() {
        return replayed;
    }

    private boolean follows(JournalBlock block) {
        if (block.getPartition() != partition) {
            return different(block, "it is of partition " + block.getPartition());
        }
        if (block.getNumber() > nextBlock) {
            return missing(
                    nextBlock == 0
                            ? "the journal begins with block " + block.getNumber()
                                    + "; the earlier ones were removed by retention, and no snapshot takes their place"
                            : "block " + block.getNumber() + " follows block " + (nextBlock - 1));
        }
        if (block.getNumber() != nextBlock
                || block.getInputsBefore() != inputsBefore
                || block.getChecksumBefore() != checksumBefore) {
            return different(block, "it does not go on where the one before it ended");
        }
        return true;
    }

    /** Ends the replay because something that it needs is no longer there, which the words name. */
    public void incomplete(String what) {
        missing(what);
    }

    private boolean replay(JournalBlock block, JournalRun run, long skipped) {
        if (run.getOutcome() == InputOutcome.REWOUND) {
            // They were taken before, and nothing came of them now.
            inputsTaken += run.getCount() - skipped;
            return true;
        }
        Optional<Topic> topic = Topic.named(run.getTopic()).filter(Topic.inbound()::contains);
        if (topic.isEmpty()) {
            return different(block, "it names the topic '" + run.getTopic() + "', which the scheduler does not read");
        }
        if (skipped == 0 && run.getFirstOffset() <= engine.taken(topic.get())) {
            // Taken, and not skipped as rewound: so it was another topic of that name.
            engine.beginAnew(topic.get());
        }
        long next = run.getFirstOffset();
        for (int i = 0; i < run.getCount(); i++) {
            Optional<RawRecord> raw = inputs.next(topic.get(), next);
            if (raw.isEmpty() || (i == 0 && raw.get().offset() != next)) {
                return missing("block " + block.getNumber() + " needs the record "
                        + topic.get().topicName() + "/" + partition + "/" + next + ", which is not there any more");
            }
            if (i >= skipped && !replay(block, raw.get(), run.getOutcome())) {
                return false;
            }
            next = raw.get().offset() + 1;
        }
        return true;
    }

    private boolean replay(JournalBlock block, RawRecord raw, InputOutcome recorded) {
        if (until != null && raw.timestampMs() > until.toEpochMilli() && (raw.isTick() || inputsTaken == 0)) {
            timeReached = true;
            return false;
        }
        InputOutcome now;
        try {
            Step step = recorded == InputOutcome.POISONED ? engine.skipPoison(raw) : engine.take(raw);
            now = step.outcome();
            replayed.add(new ReplayedInput(raw, step.outputs()));
            state.apply(step);
        } catch (RuntimeException e) {
            return different(
                    block, "the input " + raw.place() + " was " + recorded + " and the engine fails on it: " + e);
        }
        if (now != recorded) {
            return different(block, "the input " + raw.place() + " is " + now + " and was " + recorded);
        }
        inputsTaken++;
        seen.add(raw.topic());
        watcher.took(raw);
        return true;
    }

    private boolean different(JournalBlock block, String what) {
        String where = "block " + block.getNumber() + ", inputs " + block.getInputsBefore() + " on: ";
        if (block.getBehaviour() == Shard.BEHAVIOUR) {
            return end(Outcome.DIFFERENT, where + what);
        }
        return end(
                Outcome.OTHER_BEHAVIOUR,
                where + what + "; it was decided by behaviour " + block.getBehaviour() + ", and this is behaviour "
                        + Shard.BEHAVIOUR);
    }

    private boolean missing(String what) {
        return end(Outcome.INCOMPLETE, what);
    }

    private boolean end(Outcome newOutcome, String what) {
        outcome = newOutcome;
        detail = what;
        return false;
    }
}
