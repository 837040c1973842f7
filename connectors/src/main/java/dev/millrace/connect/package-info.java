/**
 * What lets Kafka Connect read and write Millrace's topics: a converter between the contract's encoding and Connect's data, and a
 * transformation that gives requests the key that their topics want. Begin with {@link dev.millrace.connect.MillraceConverter}. It may use
 * the contract ({@code dev.millrace.schemas} and the generated records), Kafka Connect's API, Avro and Jackson.
 *
 * <p>Both directions go through the contract's records: {@link dev.millrace.connect.ContractType} pairs each type's Avro schema with its
 * Connect schema, {@link dev.millrace.connect.StructWriter} makes Structs of records, and {@link dev.millrace.connect.RecordReader} makes
 * records of whatever a connector hands over.
 */
@NullMarked
package dev.millrace.connect;

import org.jspecify.annotations.NullMarked;
