package dev.millrace.streams.engine;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedPartition;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.io.BinaryData;

/**
 * Encodes a {@link SavedPartition} after every step, without encoding again the runs that have not changed: all but the last are kept as
 * bytes. The codec needs about a hundred times as long for a full block, which would be most of the time that a step takes. What comes out
 * is what the codec would write, field by field in the order of the schema; a test holds the two together. Mutable; owned by the engine.
 */
final class SavedPartitionEncoder {
    private static final int MAX_VARINT_BYTES = 10;
    private static final int HEADER_BYTES = 10;

    private final byte[] header;
    private final byte[][] topicNames = new byte[Topic.values().length][];

    /** The encoded runs of the block {@link #blockNumber}; the last one, which may grow, begins at {@link #lastRunAt}. */
    private byte[] runs = new byte[1_024];

    private int runsEnd;
    private int lastRunAt;
    private int runCount;
    private long blockNumber = -1;

    private byte[] scratch = new byte[1_024];
    private int scratchEnd;

    SavedPartitionEncoder(RecordCodec codec) {
        JournalBlock nothing = new JournalBlock(0, 0, 0L, 0, List.of(), 0L, 0L, 0L, Instant.EPOCH);
        header = Arrays.copyOf(codec.encode(new SavedPartition(List.of(), nothing, 0L)), HEADER_BYTES);
        for (Topic topic : Topic.values()) {
            topicNames[topic.ordinal()] = topic.topicName().getBytes(StandardCharsets.UTF_8);
        }
    }

    byte[] encode(Positions positions, Journal journal, long sum, long wallMs) {
        encodeRuns(journal);
        scratchEnd = 0;
        encodePositions(positions);
        writeLong(journal.partition());
        writeLong(journal.partitions());
        writeLong(journal.number());
        writeLong(journal.behaviour());
        if (runCount > 0) {
            writeLong(runCount);
        }
        int runsAt = scratchEnd;
        writeLong(0); // ends the array of runs
        writeLong(journal.inputsBefore());
        writeLong(journal.checksumBefore());
        writeLong(journal.checksum());
        writeLong(wallMs);
        writeLong(1); // the sum is there
        writeLong(sum);
        return join(runsAt);
    }

    private byte[] join(int runsAt) {
        byte[] all = new byte[HEADER_BYTES + scratchEnd + runsEnd];
        System.arraycopy(header, 0, all, 0, HEADER_BYTES);
        System.arraycopy(scratch, 0, all, HEADER_BYTES, runsAt);
        System.arraycopy(runs, 0, all, HEADER_BYTES + runsAt, runsEnd);
        System.arraycopy(scratch, runsAt, all, HEADER_BYTES + runsAt + runsEnd, scratchEnd - runsAt);
        return all;
    }

    private void encodePositions(Positions positions) {
        int begun = 0;
        for (Topic topic : Positions.byName()) {
            begun += positions.begun(topic) ? 1 : 0;
        }
        if (begun > 0) {
            writeLong(begun);
        }
        for (Topic topic : Positions.byName()) {
            if (positions.begun(topic)) {
                writeString(topicNames[topic.ordinal()]);
                writeString(positions.idBytes(topic));
                writeLong(positions.highestTaken(topic));
            }
        }
        writeLong(0); // ends the array of positions
    }

    /** Brings {@link #runs} up to date: the last run may have grown, others may have been added, a new block may have begun. */
    private void encodeRuns(Journal journal) {
        if (journal.number() != blockNumber) {
            blockNumber = journal.number();
            runsEnd = 0;
            runCount = 0;
        } else if (runCount > 0) {
            runsEnd = lastRunAt;
            runCount--;
        }
        for (; runCount < journal.runCount(); runCount++) {
            lastRunAt = runsEnd;
            encode(journal.run(runCount));
        }
    }

    private void encode(Journal.Run run) {
        byte[] topic = topicNames[run.topic.ordinal()];
        int most = runsEnd + topic.length + 4 * MAX_VARINT_BYTES;
        if (runs.length < most) {
            runs = Arrays.copyOf(runs, most * 2);
        }
        runsEnd += BinaryData.encodeLong(topic.length, runs, runsEnd);
        System.arraycopy(topic, 0, runs, runsEnd, topic.length);
        runsEnd += topic.length;
        runsEnd += BinaryData.encodeLong(run.firstOffset, runs, runsEnd);
        runsEnd += BinaryData.encodeLong(run.count, runs, runsEnd);
        runsEnd += BinaryData.encodeLong(run.outcome.ordinal(), runs, runsEnd);
    }

    private void writeString(byte[] utf8) {
        writeLong(utf8.length);
        ensure(utf8.length);
        System.arraycopy(utf8, 0, scratch, scratchEnd, utf8.length);
        scratchEnd += utf8.length;
    }

    /** Avro writes an int and a long of the same value as the same bytes. */
    private void writeLong(long value) {
        ensure(MAX_VARINT_BYTES);
        scratchEnd += BinaryData.encodeLong(value, scratch, scratchEnd);
    }

    private void ensure(int more) {
        if (scratch.length - scratchEnd < more) {
            scratch = Arrays.copyOf(scratch, scratch.length * 2 + more);
        }
    }
}
