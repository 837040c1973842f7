package dev.millrace.streams.engine;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One partition's input journal: which inputs were taken in which order, what became of them, and a checksum of all that came out.
 * Nothing else says in which order records of several topics met, so nothing else makes a replay possible.
 *
 * <p>Inputs are written down as runs: so many records of one topic, one after the other as a read_committed consumer sees them, with one
 * outcome. Runs are gathered in the open block, which is saved with every step; a closed block goes to the journal topic. Where a block
 * ends has no meaning: the checksum goes on from one to the next, and does not depend on it. Mutable; owned by the engine.
 */
final class Journal {
    /** A block of so many runs is closed at once. */
    static final int MAX_RUNS = 256;
    /** A block with so many inputs is closed at the next tick, so that few long runs are verified in portions, too. */
    static final int MAX_INPUTS_AT_TICK = 4_096;
    /**
     * A block that was open for so long is closed at the next tick, so that even an idle partition's journal ends near the present, and
     * little hangs on the open block alone.
     */
    static final long MAX_AGE_AT_TICK_MS = 10_000;

    private static final int[] TOPIC_STREAMS = Stream.of(Topic.values())
            .mapToInt(t -> stream("topic ", t.topicName()))
            .toArray();
    private static final int[] STORE_STREAMS = Stream.of(Store.values())
            .mapToInt(s -> stream("store ", s.storeName()))
            .toArray();

    private static final long NOT_SEEN = Long.MIN_VALUE;

    /** Inputs that were taken one after the other from one topic and had one outcome. */
    static final class Run {
        final Topic topic;
        final long firstOffset;
        final InputOutcome outcome;
        int count;

        private Run(Topic topic, long firstOffset, int count, InputOutcome outcome) {
            this.topic = topic;
            this.firstOffset = firstOffset;
            this.count = count;
            this.outcome = outcome;
        }
    }

    private final int partition;
    private final int partitions;
    private final RollingChecksum checksum;
    private final List<Run> runs = new ArrayList<>(MAX_RUNS);
    private int behaviour;
    private long number;
    private long inputsBefore;
    private long checksumBefore;
    private int inputs;
    private long openedMs = NOT_SEEN;
    /**
     * False while the last run must not grow: an operator may have moved the group's offsets while the partition was not running, so
     * the next record need not be the one that follows.
     */
    private boolean lastRunGrows;

    /** The journal of a partition that has taken nothing yet. */
    Journal(int partition, int partitions, int behaviour) {
        this.partition = partition;
        this.partitions = partitions;
        this.behaviour = behaviour;
        this.checksum = new RollingChecksum(0);
    }

    /** Goes on from an open block that was saved. */
    Journal(JournalBlock open) {
        partition = open.getPartition();
        partitions = open.getPartitions();
        behaviour = open.getBehaviour();
        number = open.getNumber();
        inputsBefore = open.getInputsBefore();
        checksumBefore = open.getChecksumBefore();
        checksum = new RollingChecksum(open.getChecksumAfter());
        for (JournalRun run : open.getRuns()) {
            Topic topic = Topic.named(run.getTopic())
                    .orElseThrow(() -> new IllegalStateException("the journal names an unknown topic: " + run));
            runs.add(new Run(topic, run.getFirstOffset(), run.getCount(), run.getOutcome()));
            inputs += run.getCount();
        }
    }

    /**
     * Sees to it that what follows is written down as decided by this behaviour.
     *
     * @return the open block, which is thereby closed, if it has inputs that were decided by another behaviour
     */
    @Nullable
    JournalBlock continueAs(int newBehaviour, long wallMs) {
        if (behaviour == newBehaviour) {
            return null;
        }
        JournalBlock closed = runs.isEmpty() ? null : close(wallMs);
        behaviour = newBehaviour;
        return closed;
    }

    /** Writes an input down. */
    void input(Topic topic, long offset, InputOutcome outcome) {
        Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (last != null && lastRunGrows && last.topic == topic && last.outcome == outcome) {
            last.count++;
        } else {
            runs.add(new Run(topic, offset, 1, outcome));
            lastRunGrows = true;
        }
        inputs++;
    }

    /** Counts a record that was put out into the checksum. */
    void output(Topic topic, int toPartition, byte[] key, byte @Nullable [] value) {
        checksum.add(TOPIC_STREAMS[topic.ordinal()], toPartition, key, value);
    }

    /** Counts a change of a stored record into the checksum. */
    void change(Store store, byte[] key, byte @Nullable [] value) {
        checksum.add(STORE_STREAMS[store.ordinal()], partition, key, value);
    }

    /** True if the open block is to be closed after an input that was no tick. */
    boolean full() {
        return runs.size() >= MAX_RUNS;
    }

    /** True if the open block is to be closed after a tick. */
    boolean fullAtTick(long wallMs) {
        if (openedMs == NOT_SEEN) {
            openedMs = wallMs;
        }
        return full() || inputs >= MAX_INPUTS_AT_TICK || wallMs - openedMs >= MAX_AGE_AT_TICK_MS;
    }

    /** Closes the open block and opens the next. */
    JournalBlock close(long wallMs) {
        JournalBlock closed = openBlock(wallMs);
        number++;
        inputsBefore += inputs;
        checksumBefore = checksum.value();
        runs.clear();
        inputs = 0;
        openedMs = NOT_SEEN;
        return closed;
    }

    /** The open block as it is now. */
    JournalBlock openBlock(long wallMs) {
        List<JournalRun> written = new ArrayList<>(runs.size());
        for (Run run : runs) {
            written.add(new JournalRun(run.topic.topicName(), run.firstOffset, run.count, run.outcome));
        }
        return new JournalBlock(
                partition,
                partitions,
                number,
                behaviour,
                written,
                inputsBefore,
                checksumBefore,
                checksum.value(),
                Instant.ofEpochMilli(wallMs));
    }

    int partition() {
        return partition;
    }

    int partitions() {
        return partitions;
    }

    int behaviour() {
        return behaviour;
    }

    long number() {
        return number;
    }

    long inputsBefore() {
        return inputsBefore;
    }

    long checksumBefore() {
        return checksumBefore;
    }

    long checksum() {
        return checksum.value();
    }

    /** The inputs that were taken so far. */
    long inputs() {
        return inputsBefore + inputs;
    }

    int runCount() {
        return runs.size();
    }

    Run run(int index) {
        return runs.get(index);
    }

    private static int stream(String kind, String name) {
        return RollingChecksum.stream((kind + name).getBytes(StandardCharsets.UTF_8));
    }
}
