/**
 * The contract beside the records themselves: the catalogues of topics and stores, the codec and the rules that records must keep.
 * Begin with {@link dev.millrace.schemas.Topic}, then {@link dev.millrace.schemas.RecordCodec} and
 * {@link dev.millrace.schemas.Validator}. It may use the generated records, Avro and Kafka's clients.
 */
@NullMarked
package dev.millrace.schemas;

import org.jspecify.annotations.NullMarked;
