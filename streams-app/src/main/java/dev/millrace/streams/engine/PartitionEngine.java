package dev.millrace.streams.engine;

import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.Tick;
import dev.millrace.core.Change;
import dev.millrace.core.Message;
import dev.millrace.core.Outbox;
import dev.millrace.core.Rejection;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPartition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * One partition's pipeline: takes raw records one after the other, judges them, lets the core decide, encodes what comes out and keeps the
 * journal. What comes out depends on the records that were taken and on nothing else.
 *
 * <p>Life: make it, {@link #restore} the stored records, {@link #restored}, then {@link #take} or {@link #skipPoison} for each record. If
 * one of these throws, the step is half done and the engine is of no further use; make a new one from the stored records. Mutable; owned
 * by the stream thread, or by the replayer's.
 */
public final class PartitionEngine {
    /**
     * No larger record is put out, in bytes: well below what producers and brokers take without being told otherwise, since a record that
     * they refuse would fail the commit again and again.
     */
    public static final int MAX_OUTPUT_BYTES = 1_000_000;

    /** The key of the one record in the {@link Store#PARTITION} store. */
    public static final String PARTITION_KEY = "partition";

    private static final byte[] PARTITION_KEY_BYTES = utf8(PARTITION_KEY);

    private final int partition;
    private final InboundTopics topics;
    private final StepInterceptor interceptor;
    private final StepObserver observer;
    private final RecordCodec codec = new RecordCodec();
    private final DeadLetters deadLetters = new DeadLetters();
    private final SavedPartitionEncoder savedPartitionEncoder = new SavedPartitionEncoder(codec);
    private final Outbox outbox = new Outbox();
    private final Step step = new Step();
    private final Shard shard;
    private final Intake intake;
    private final StoredSum sum;
    /** What the sum was by the record that was restored; null = not known. */
    private @Nullable Long savedSum = 0L;

    private Journal journal;
    private Positions positions;
    private boolean broken;

    /** An engine that has taken nothing yet, and that nobody observes. */
    public PartitionEngine(int partition, InboundTopics topics, StoredRecords stored, StepInterceptor interceptor) {
        this(partition, topics, stored, interceptor, StepObserver.NONE);
    }

    /**
     * An engine that has taken nothing yet.
     *
     * @param stored what is stored; whoever drives the engine applies each step to it before the next
     */
    public PartitionEngine(
            int partition,
            InboundTopics topics,
            StoredRecords stored,
            StepInterceptor interceptor,
            StepObserver observer) {
        if (partition < 0 || partition >= topics.partitions()) {
            throw new IllegalStateException("partition " + partition + " is none of the " + topics.partitions()
                    + " that the inbound topics had when the scheduler started; the number must never change");
        }
        this.partition = partition;
        this.topics = topics;
        sum = new StoredSum(stored);
        this.interceptor = interceptor;
        this.observer = observer;
        shard = new Shard(partition, topics.partitions());
        intake = new Intake(partition, topics.partitions(), codec);
        journal = new Journal(partition, topics.partitions(), Shard.BEHAVIOUR);
        positions = new Positions(topics, List.of());
    }

    /**
     * Puts stored records back, in any order of the stores and of the records of each.
     *
     * @param records none of them deleted
     * @throws TopicRecreatedException if an inbound topic is not the one that the stored positions count in
     * @throws NewerStateException if a newer version wrote it: by rules that this one does not have, or in a form that it does not know
     * @throws IllegalStateException if the bytes are no record of that store, or were written for another number of partitions
     */
    public void restore(List<Stored> records) {
        ReadRecord.all(records).forEach(this::restore);
    }

    private void restore(ReadRecord read) {
        Store store = read.store();
        if (read.decoded() instanceof Decoded.Fault fault && fault.reason() == DeadLetterReason.UNKNOWN_SCHEMA) {
            throw NewerStateException.unreadable(partition, store.storeName(), fault.detail());
        }
        if (read.decoded() instanceof Decoded.Fault fault) {
            throw new IllegalStateException("the store " + store.storeName() + " of partition " + partition
                    + " holds a record that is " + fault.reason() + ": " + fault.detail());
        }
        SpecificRecord record = ((Decoded.Value) read.decoded()).record();
        if (record.getClass() != store.type()) {
            throw new IllegalStateException("the store " + store.storeName() + " of partition " + partition
                    + " holds a " + record.getClass().getSimpleName());
        }
        if (record instanceof SavedPartition saved) {
            restore(saved);
        } else {
            sum.add(read.number());
            shard.restore(store, record);
            observer.restored(record);
        }
    }

    private void restore(SavedPartition saved) {
        JournalBlock open = saved.getOpenBlock();
        if (open.getBehaviour() > Shard.BEHAVIOUR) {
            throw NewerStateException.decided(partition, open.getBehaviour(), Shard.BEHAVIOUR);
        }
        if (open.getPartitions() != topics.partitions()) {
            throw new IllegalStateException(
                    "the inbound topics had " + open.getPartitions() + " partitions and have " + topics.partitions()
                            + " now; the number must never change, since it decides where each pool's state lies");
        }
        positions = new Positions(topics, saved.getPositions());
        journal = new Journal(open);
        savedSum = saved.getSum();
    }

    /** Puts back all that was stored, and ends the restoration; otherwise as {@link #restore(List)}. */
    public void restore(StoredState state) {
        state.forEachPortion(this::restore);
        restored();
    }

    /**
     * Ends the restoration; called once, also when there was nothing to restore.
     *
     * @throws StoredSumException if what was restored is not all that was stored, and nothing else
     */
    public void restored() {
        if (savedSum != null && savedSum != sum.value()) {
            throw new StoredSumException(partition, sum.value(), savedSum);
        }
        shard.restored();
    }

    /** Takes a record. The step is valid until the next call. */
    public Step take(RawRecord raw) {
        begin(raw);
        if (positions.taken(raw.topic(), raw.offset())) {
            return end(raw, InputOutcome.REWOUND, false);
        }
        Verdict verdict = intake.judge(raw);
        boolean tick = carryOut(verdict);
        return end(raw, verdict.outcome(), tick);
    }

    /** Takes a record that made the core fail time and again: it becomes a dead letter, and the core never sees it. */
    public Step skipPoison(RawRecord raw) {
        begin(raw);
        if (positions.taken(raw.topic(), raw.offset())) {
            return end(raw, InputOutcome.REWOUND, false);
        }
        // The words say nothing of what went wrong: a replay, which has seen no failure, must be able to write the
        // same.
        deadLetter(raw, DeadLetterReason.POISON, "the scheduler failed on this record twice; its log says how");
        return end(raw, InputOutcome.POISONED, false);
    }

    /** The partition's wall clock: the time of the last tick in ms since the epoch. */
    public long wallMs() {
        return shard.wallMs();
    }

    /** The rolling checksum of all that was put out so far. */
    public long checksum() {
        return journal.checksum();
    }

    /** The highest offset taken of an inbound topic; negative if nothing was. */
    public long taken(Topic topic) {
        return positions.highestTaken(topic);
    }

    /** Counts a topic's inputs anew from its beginning: it was deleted and made anew, and the new one was accepted in place of the old. */
    public void beginAnew(Topic topic) {
        positions.forget(topic);
    }

    /** How many inputs were taken so far. */
    public long inputs() {
        return journal.inputs();
    }

    private void begin(RawRecord raw) {
        if (broken) {
            throw new IllegalStateException("an earlier step failed; the engine must be made anew from what is stored");
        }
        if (raw.partition() != partition) {
            throw new IllegalArgumentException(raw.place() + " does not lie in partition " + partition);
        }
        broken = true;
        step.begin();
        sum.beginStep();
        JournalBlock closed = journal.continueAs(Shard.BEHAVIOUR, shard.wallMs());
        if (closed != null) {
            sendToJournal(closed);
        }
    }

    private Step end(RawRecord raw, InputOutcome outcome, boolean tick) {
        journal.input(raw.topic(), raw.offset(), outcome);
        if (outcome != InputOutcome.REWOUND) {
            positions.take(raw.topic(), raw.offset());
        }
        long wallMs = shard.wallMs();
        if (tick ? journal.fullAtTick(wallMs) : journal.full()) {
            sendToJournal(journal.close(wallMs));
        }
        step.store(new Stored(
                Store.PARTITION,
                PARTITION_KEY_BYTES,
                savedPartitionEncoder.encode(positions, journal, sum.value(), wallMs)));
        step.end(outcome, tick);
        broken = false;
        return step;
    }

    private boolean carryOut(Verdict verdict) {
        if (verdict instanceof Verdict.Taken taken) {
            decide(taken);
            return taken.input().value() instanceof Tick && outbox.rejection() == null;
        }
        if (verdict instanceof Verdict.Misrouted misrouted) {
            redirect(misrouted);
        } else if (verdict instanceof Verdict.Undecodable undecodable) {
            deadLetter(undecodable.origin(), undecodable.reason(), undecodable.detail());
        }
        return false;
    }

    private void decide(Verdict.Taken taken) {
        interceptor.before(taken.input());
        outbox.clear();
        shard.on(taken.input(), outbox);
        observer.decided(taken.input(), outbox.messages(), outbox.changes());
        for (Message message : outbox.messages()) {
            send(message);
        }
        for (Change change : outbox.changes()) {
            store(change);
        }
        Rejection rejection = outbox.rejection();
        if (rejection != null) {
            deadLetter(taken.origin(), rejection.reason(), rejection.detail());
        }
    }

    private void send(Message message) {
        SpecificRecord record = message.value();
        byte[] key = utf8(message.key());
        int toPartition = partitionOf(message);
        byte[] value = record == null ? null : encode(record, message.topic().topicName());
        journal.output(message.topic(), toPartition, key, value);
        step.send(new Outgoing(message.topic(), key, toPartition, value));
    }

    private int partitionOf(Message message) {
        int count = message.topic().partitions(topics.partitions());
        return switch (message.topic().partitioning()) {
            case POOL -> partition;
            case KEY -> Topics.partition(message.key(), count);
            case SINGLE -> 0;
            case AGENT -> {
                if (message.partition() < 0 || message.partition() >= count) {
                    throw new IllegalStateException(message.topic().topicName() + " has " + count
                            + " partitions, so nothing can be sent to partition " + message.partition());
                }
                yield message.partition();
            }
        };
    }

    private void store(Change change) {
        SpecificRecord record = change.value();
        byte[] key = utf8(change.key());
        byte[] value = record == null ? null : encode(record, change.store().storeName());
        journal.change(change.store(), key, value);
        sum.change(change.store(), key, value);
        step.store(new Stored(change.store(), key, value));
    }

    private void redirect(Verdict.Misrouted misrouted) {
        RawRecord origin = misrouted.origin();
        byte[] key = utf8(misrouted.pool());
        byte[] value = encode(
                new Redirected(
                        misrouted.pool(),
                        origin.topic().topicName(),
                        origin.partition(),
                        origin.offset(),
                        ByteBuffer.wrap(origin.value() == null ? new byte[0] : origin.value())),
                Topic.INTERNAL.topicName());
        journal.output(Topic.INTERNAL, misrouted.toPartition(), key, value);
        step.send(new Outgoing(Topic.INTERNAL, key, misrouted.toPartition(), value));
    }

    private void deadLetter(RawRecord record, DeadLetterReason reason, String detail) {
        String place = record.place();
        byte[] key = utf8(place);
        int toPartition = Topics.partition(place, Topic.DEAD_LETTERS.partitions(topics.partitions()));
        byte[] value = encode(deadLetters.about(record, reason, detail), Topic.DEAD_LETTERS.topicName());
        // Where and why is a decision and counts. The detail is for people: it may quote the platform's words, which
        // differ.
        journal.output(Topic.DEAD_LETTERS, toPartition, key, utf8(reason.name()));
        step.send(new Outgoing(Topic.DEAD_LETTERS, key, toPartition, value));
    }

    private void sendToJournal(JournalBlock block) {
        byte[] key = utf8(partition + "/" + block.getNumber());
        step.send(new Outgoing(Topic.JOURNAL, key, partition, encode(block, Topic.JOURNAL.topicName())));
    }

    private byte[] encode(SpecificRecord record, String destination) {
        byte[] bytes = codec.encode(record);
        if (bytes.length > MAX_OUTPUT_BYTES) {
            throw new IllegalStateException("a " + record.getClass().getSimpleName() + " for " + destination + " has "
                    + bytes.length + " bytes; at most " + MAX_OUTPUT_BYTES + " can be written");
        }
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
