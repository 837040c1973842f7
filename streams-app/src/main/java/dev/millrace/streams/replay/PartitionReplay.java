package dev.millrace.streams.replay;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import java.util.Optional;

/**
 * Replays one partition's journal from its first block on: takes each block's inputs in order, does with them what was done then, and
 * compares the checksum. Ends at the first thing that is not as it was. Mutable; owned by one thread.
 */
public final class PartitionReplay {
    private final int partition;
    private final InputLog inputs;
    private final PartitionEngine engine;
    private long blocks;
    private long inputsReplayed;
    private Outcome outcome = Outcome.VERIFIED;
    private String detail = "";

    /**
     * @param topics the inbound topics; of their ids nothing depends here
     * @param inputs the partition's inputs
     */
    public PartitionReplay(int partition, InboundTopics topics, InputLog inputs) {
        this.partition = partition;
        this.inputs = inputs;
        engine = new PartitionEngine(partition, topics, StepInterceptor.NONE);
        engine.restored();
    }

    /**
     * Replays the next block.
     *
     * @return true if all was as it was then, so that the next block can follow
     */
    public boolean replay(JournalBlock block) {
        if (outcome != Outcome.VERIFIED) {
            throw new IllegalStateException("the replay has ended: " + detail);
        }
        if (!follows(block)) {
            return false;
        }
        for (JournalRun run : block.getRuns()) {
            if (!replay(block, run)) {
                return false;
            }
        }
        if (engine.checksum() != block.getChecksumAfter()) {
            return different(
                    block,
                    String.format("the checksum is %016x and was %016x", engine.checksum(), block.getChecksumAfter()));
        }
        blocks++;
        return true;
    }

    /** What the replay has come to. */
    public PartitionResult result() {
        return new PartitionResult(partition, outcome, blocks, inputsReplayed, engine.checksum(), detail);
    }

    private boolean follows(JournalBlock block) {
        if (block.getPartition() != partition) {
            return different(block, "it is of partition " + block.getPartition());
        }
        if (block.getNumber() > blocks) {
            return missing(
                    blocks == 0
                            ? "the journal begins with block " + block.getNumber()
                                    + "; the earlier ones were removed by retention"
                            : "block " + block.getNumber() + " follows block " + (blocks - 1));
        }
        if (block.getNumber() != blocks
                || block.getInputsBefore() != inputsReplayed
                || block.getChecksumBefore() != engine.checksum()) {
            return different(block, "it does not go on where the one before it ended");
        }
        return true;
    }

    /** Ends the replay because something that it needs is no longer there, which the words name. */
    public void incomplete(String what) {
        missing(what);
    }

    private boolean replay(JournalBlock block, JournalRun run) {
        if (run.getOutcome() == InputOutcome.REWOUND) {
            // They were taken before, and nothing came of them now.
            inputsReplayed += run.getCount();
            return true;
        }
        Optional<Topic> topic = Topic.named(run.getTopic()).filter(Topic.inbound()::contains);
        if (topic.isEmpty()) {
            return different(block, "it names the topic '" + run.getTopic() + "', which the scheduler does not read");
        }
        long next = run.getFirstOffset();
        for (int i = 0; i < run.getCount(); i++) {
            Optional<RawRecord> raw = inputs.next(topic.get(), next);
            if (raw.isEmpty() || (i == 0 && raw.get().offset() != next)) {
                return missing("block " + block.getNumber() + " needs the record "
                        + topic.get().topicName() + "/" + partition + "/" + next + ", which is not there any more");
            }
            if (!replay(block, raw.get(), run.getOutcome())) {
                return false;
            }
            next = raw.get().offset() + 1;
        }
        return true;
    }

    private boolean replay(JournalBlock block, RawRecord raw, InputOutcome recorded) {
        InputOutcome replayed;
        try {
            Step step = recorded == InputOutcome.POISONED ? engine.skipPoison(raw) : engine.take(raw);
            replayed = step.outcome();
        } catch (RuntimeException e) {
            return different(
                    block, "the input " + raw.place() + " was " + recorded + " and the engine fails on it: " + e);
        }
        if (replayed != recorded) {
            return different(block, "the input " + raw.place() + " is " + replayed + " and was " + recorded);
        }
        inputsReplayed++;
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
