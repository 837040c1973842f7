package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Store;
import dev.millrace.streams.engine.StoredState;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/**
 * A file with all that one partition has stored at the end of a step: an Avro object container of {@code StoredRecord}s, each with the name
 * of its store, its key, and its value in single-object encoding. What it is a snapshot of stands in the file's metadata, so that a
 * directory of them can be looked through quickly. A file is there whole or not at all.
 *
 * @param path the file
 * @param partition the partition
 * @param partitions how many partitions the inbound topics have
 * @param block the number of the journal's block that was open
 * @param inputs how many inputs had been taken
 * @param behaviour the behaviour that the open block was decided by
 * @param wall the partition's wall clock
 * @param records how many records were stored
 */
public record SnapshotFile(
        Path path, int partition, int partitions, long block, long inputs, int behaviour, Instant wall, long records) {
    static final String SUFFIX = ".snapshot";

    private static final Schema SCHEMA = SchemaBuilder.record("StoredRecord")
            .namespace("dev.millrace.state")
            .fields()
            .requiredString("store")
            .requiredBytes("key")
            .requiredBytes("value")
            .endRecord();
    private static final String PARTITION = "millrace.partition";
    private static final String PARTITIONS = "millrace.partitions";
    private static final String BLOCK = "millrace.block";
    private static final String INPUTS = "millrace.inputs";
    private static final String BEHAVIOUR = "millrace.behaviour";
    private static final String WALL_MS = "millrace.wallMs";
    private static final String RECORDS = "millrace.records";
    /** The sum of the CRC-32Cs of all records, so that their order does not matter. */
    private static final String CRC_SUM = "millrace.crcSum";

    /**
     * Writes what is stored into a directory, under a name that tells snapshots of one cluster apart.
     *
     * @throws IllegalStateException if nothing was ever taken: there is nothing to write down
     */
    static SnapshotFile write(Path directory, ReplayStart at, Instant wall) throws IOException {
        JournalBlock open = at.state()
                .openBlock()
                .orElseThrow(() -> new IllegalStateException("partition " + at.partition() + " has taken nothing yet"));
        long inputs = open.getInputsBefore()
                + open.getRuns().stream().mapToLong(run -> run.getCount()).sum();
        Path path = directory.resolve(String.format("%05d-%015d%s", at.partition(), inputs, SUFFIX));
        SnapshotFile file = new SnapshotFile(
                path,
                at.partition(),
                at.partitions(),
                open.getNumber(),
                inputs,
                open.getBehaviour(),
                wall,
                at.state().size());
        Path fresh = Files.createTempFile(directory, path.getFileName() + "-", ".new");
        try {
            fill(fresh, file, at.state());
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        return file;
    }

    private static void fill(Path fresh, SnapshotFile file, StoredState state) throws IOException {
        try (DataFileWriter<GenericRecord> writer = new DataFileWriter<>(new GenericDatumWriter<>(SCHEMA))) {
            writer.setCodec(CodecFactory.zstandardCodec(1));
            file.metadata(crcSum(state)).forEach(writer::setMeta);
            writer.create(SCHEMA, fresh.toFile());
            GenericRecord record = new GenericData.Record(SCHEMA);
            state.forEach((store, key, value) -> {
                record.put("store", store.storeName());
                record.put("key", ByteBuffer.wrap(key));
                record.put("value", ByteBuffer.wrap(value));
                append(writer, record);
            });
        }
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void append(DataFileWriter<GenericRecord> writer, GenericRecord record) {
        try {
            writer.append(record);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> metadata(long crcSum) {
        Map<String, String> metadata = new HashMap<>();
        metadata.put(PARTITION, Integer.toString(partition));
        metadata.put(PARTITIONS, Integer.toString(partitions));
        metadata.put(BLOCK, Long.toString(block));
        metadata.put(INPUTS, Long.toString(inputs));
        metadata.put(BEHAVIOUR, Integer.toString(behaviour));
        metadata.put(WALL_MS, Long.toString(wall.toEpochMilli()));
        metadata.put(RECORDS, Long.toString(records));
        metadata.put(CRC_SUM, Long.toString(crcSum));
        return metadata;
    }

    /**
     * What a file is a snapshot of; its records are not looked at.
     *
     * @throws IOException if it can't be read, or is no snapshot
     */
    public static SnapshotFile of(Path path) throws IOException {
        try (DataFileReader<GenericRecord> reader = open(path)) {
            return new SnapshotFile(
                    path,
                    (int) number(reader, PARTITION),
                    (int) number(reader, PARTITIONS),
                    number(reader, BLOCK),
                    number(reader, INPUTS),
                    (int) number(reader, BEHAVIOUR),
                    Instant.ofEpochMilli(number(reader, WALL_MS)),
                    number(reader, RECORDS));
        } catch (NumberFormatException e) {
            throw new IOException(path + " is no snapshot", e);
        }
    }

    private static long number(DataFileReader<GenericRecord> reader, String key) {
        return Long.parseLong(String.valueOf(reader.getMetaString(key)));
    }

    /**
     * Reads it whole.
     *
     * @throws IOException if it can't be read or is damaged
     */
    public ReplayStart read() throws IOException {
        StoredState state = new StoredState();
        try (DataFileReader<GenericRecord> reader = open(path)) {
            while (reader.hasNext()) {
                GenericRecord record = reader.next();
                String name = record.get("store").toString();
                state.put(
                        Store.named(name).orElseThrow(() -> new IOException(path + " has records of a store " + name)),
                        bytes(record.get("key")),
                        bytes(record.get("value")));
            }
            if (state.size() != records || crcSum(state) != number(reader, CRC_SUM)) {
                throw new IOException(path + " is damaged: its records are not those that were written");
            }
        } catch (AvroRuntimeException e) {
            throw new IOException(path + " is damaged: " + e.getMessage(), e);
        }
        return new ReplayStart(partition, partitions, state);
    }

    /**
     * The journal's block that was open, by which a snapshot is known to belong to a journal. The file is read through for it, and nothing
     * else of it is kept.
     *
     * @throws IOException if it can't be read or is damaged
     */
    JournalBlock openBlock() throws IOException {
        StoredState state = new StoredState();
        try (DataFileReader<GenericRecord> reader = open(path)) {
            for (GenericRecord record : reader) {
                if (record.get("store").toString().equals(Store.PARTITION.storeName())) {
                    state.put(Store.PARTITION, bytes(record.get("key")), bytes(record.get("value")));
                }
            }
            return state.openBlock().orElseThrow(() -> new IOException(path + " is damaged: it lacks the open block"));
        } catch (AvroRuntimeException | IllegalStateException e) {
            throw new IOException(path + " is damaged: " + e.getMessage(), e);
        }
    }

    private static DataFileReader<GenericRecord> open(Path path) throws IOException {
        try {
            return new DataFileReader<>(path.toFile(), new GenericDatumReader<>(null, SCHEMA));
        } catch (FileNotFoundException e) {
            throw new NoSuchFileException(path.toString());
        } catch (IOException | AvroRuntimeException e) {
            throw new IOException(path + " is no snapshot: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Object value) {
        ByteBuffer buffer = (ByteBuffer) value;
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static long crcSum(StoredState state) {
        long[] sum = {0};
        CRC32C crc = new CRC32C();
        state.forEach((store, key, value) -> {
            crc.reset();
            byte[] name = store.storeName().getBytes(StandardCharsets.UTF_8);
            crc.update(name, 0, name.length);
            crc.update(key, 0, key.length);
            crc.update(value, 0, value.length);
            sum[0] += crc.getValue();
        });
        return sum[0];
    }
}
