package dev.millrace.schemas;

import dev.millrace.contract.DeadLetterReason;
import org.apache.avro.specific.SpecificRecord;

/** What became of bytes that were to be decoded. */
public sealed interface Decoded permits Decoded.Value, Decoded.Fault {
    /**
     * They were a record. Neither it nor its lists are to be changed: what is equal in several may be the same object.
     *
     * @param record the record, of a type of this version, whatever version wrote it
     */
    record Value(SpecificRecord record) implements Decoded {}

    /**
     * They were not.
     *
     * @param reason what kind of fault they have
     * @param detail what is wrong with them, for people
     */
    record Fault(DeadLetterReason reason, String detail) implements Decoded {}
}
