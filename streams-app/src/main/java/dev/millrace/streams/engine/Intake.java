package dev.millrace.streams.engine;

import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.Redirected;
import dev.millrace.core.Input;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.schemas.Validator;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;

/**
 * Judges a raw record before the core sees it: is it a record that belongs on this topic, and of a pool of this partition? Whether it keeps
 * the rules of the contract, the core asks itself, since it may have an answer to one that does not. The verdict depends on the bytes and on
 * the number of partitions only.
 */
final class Intake {
    private final int partition;
    private final int partitions;
    private final RecordCodec codec;

    Intake(int partition, int partitions, RecordCodec codec) {
        this.partition = partition;
        this.partitions = partitions;
        this.codec = codec;
    }

    Verdict judge(RawRecord raw) {
        Decoded decoded = codec.decode(raw.value(), raw.topic());
        if (decoded instanceof Decoded.Fault fault) {
            return new Verdict.Undecodable(raw, fault.reason(), fault.detail());
        }
        SpecificRecord record = ((Decoded.Value) decoded).record();
        return record instanceof Redirected redirected
                ? judgeRedirected(raw, redirected)
                : judge(raw, record, raw.topic() != Topic.INTERNAL);
    }

    /** A redirected record is judged as what lay where it came from; what is wrong with the redirection itself is the scheduler's own. */
    private Verdict judgeRedirected(RawRecord raw, Redirected redirected) {
        List<String> faults = Validator.faults(redirected);
        if (!faults.isEmpty()) {
            return invalid(raw, String.join("; ", faults));
        }
        RawRecord inner = new RawRecord(
                Topic.named(redirected.getTopic()).orElseThrow(),
                redirected.getPartition(),
                redirected.getOffset(),
                raw.timestampMs(),
                bytes(redirected.getValue()));
        Decoded decoded = codec.decode(inner.value(), inner.topic());
        if (decoded instanceof Decoded.Fault fault) {
            return new Verdict.Undecodable(inner, fault.reason(), fault.detail());
        }
        return judge(inner, ((Decoded.Value) decoded).record(), false);
    }

    private Verdict judge(RawRecord origin, SpecificRecord record, boolean mayBeForwarded) {
        Optional<String> pool = Pools.of(record);
        if (pool.isEmpty()) {
            return taken(origin, record);
        }
        int rightPartition = Topics.partition(pool.get(), partitions);
        if (rightPartition == partition) {
            return taken(origin, record);
        }
        List<String> faults = Validator.identityFaults(record);
        if (!faults.isEmpty()) {
            return invalid(origin, String.join("; ", faults));
        }
        return mayBeForwarded
                ? new Verdict.Misrouted(origin, pool.get(), rightPartition)
                : invalid(
                        origin,
                        "pool '" + pool.get() + "' belongs to partition " + rightPartition + ", not " + partition);
    }

    private static Verdict taken(RawRecord origin, SpecificRecord record) {
        return new Verdict.Taken(origin, new Input(origin.topic(), origin.timestampMs(), record));
    }

    private static Verdict invalid(RawRecord origin, String detail) {
        return new Verdict.Undecodable(origin, DeadLetterReason.INVALID, detail);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
