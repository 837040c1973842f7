package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.RawRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * A stretch of one partition's past in a directory: what was stored at its beginning (a snapshot, none if it begins before the first input),
 * the journal's blocks, and the inputs that they name. It can be replayed without a broker, by a test for instance: a bug report in files.
 * Those of the journal and of the inputs are Avro object containers, too.
 *
 * @param start where it begins
 * @param blocks the journal
 * @param inputs the inputs of each topic, by offset
 */
public record Slice(
        ReplayStart start, List<JournalBlock> blocks, EnumMap<Topic, NavigableMap<Long, RawRecord>> inputs) {
    private static final String JOURNAL = "journal.avro";
    private static final String INPUTS = "inputs.avro";
    private static final Schema INPUT = SchemaBuilder.record("RecordedInput")
            .namespace("dev.millrace.state")
            .fields()
            .requiredString("topic")
            .requiredLong("offset")
            .requiredLong("timestampMs")
            .optionalBytes("value")
            .endRecord();

    /**
     * Reads a slice that was exported.
     *
     * @throws IOException if files are missing or can't be read
     */
    public static Slice read(Path directory) throws IOException {
        List<JournalBlock> blocks = new ArrayList<>();
        try (DataFileReader<JournalBlock> reader = new DataFileReader<>(
                directory.resolve(JOURNAL).toFile(), new SpecificDatumReader<>(JournalBlock.class))) {
            reader.forEach(blocks::add);
        }
        if (blocks.isEmpty()) {
            throw new IOException(directory + " has no blocks of the journal");
        }
        int partition = blocks.get(0).getPartition();
        EnumMap<Topic, NavigableMap<Long, RawRecord>> inputs = new EnumMap<>(Topic.class);
        try (DataFileReader<GenericRecord> reader =
                new DataFileReader<>(directory.resolve(INPUTS).toFile(), new GenericDatumReader<>(null, INPUT))) {
            for (GenericRecord record : reader) {
                RawRecord input = input(partition, record);
                inputs.computeIfAbsent(input.topic(), topic -> new TreeMap<>()).put(input.offset(), input);
            }
        }
        return new Slice(start(directory, blocks.get(0)), blocks, inputs);
    }

    private static ReplayStart start(Path directory, JournalBlock first) throws IOException {
        try (DirectoryStream<Path> snapshots = Files.newDirectoryStream(directory, "*" + SnapshotFile.SUFFIX)) {
            for (Path snapshot : snapshots) {
                return SnapshotFile.of(snapshot).read();
            }
        }
        return ReplayStart.atTheBeginning(first.getPartition(), first.getPartitions());
    }

    private static RawRecord input(int partition, GenericRecord record) throws IOException {
        String name = record.get("topic").toString();
        Topic topic = Topic.named(name).orElseThrow(() -> new IOException("there is no topic " + name));
        ByteBuffer value = (ByteBuffer) record.get("value");
        byte[] bytes = null;
        if (value != null) {
            bytes = new byte[value.remaining()];
            value.get(bytes);
        }
        return new RawRecord(topic, partition, (long) record.get("offset"), (long) record.get("timestampMs"), bytes);
    }

    /** Its inputs, to be replayed. */
    public InputLog inputLog() {
        return new InputLog() {
            @Override
            public Optional<RawRecord> next(Topic topic, long offset) {
                return Optional.ofNullable(inputs.get(topic))
                        .map(records -> records.ceilingEntry(offset))
                        .map(Map.Entry::getValue);
            }

            @Override
            public void close() {}
        };
    }

    /** Replays it; what was stored at its beginning is copied for that, so that it can be replayed again. */
    public ReplayResult.PartitionResult replay(ReplayWatcher watcher) {
        PartitionReplay replay = new PartitionReplay(
                new ReplayStart(
                        start.partition(), start.partitions(), start.state().copy()),
                inputLog(),
                watcher);
        for (JournalBlock block : blocks) {
            if (!replay.replay(block)) {
                break;
            }
        }
        return replay.result();
    }

    /** Writes a slice into a directory while it is replayed. */
    static final class Writer implements AutoCloseable {
        private final DataFileWriter<JournalBlock> journal;
        private final DataFileWriter<GenericRecord> inputs;

        /** Makes the directory, and writes down what was stored at the beginning. */
        Writer(Path directory, ReplayStart start, Instant wall) throws IOException {
            Files.createDirectories(directory);
            if (start.state().openBlock().isPresent()) {
                SnapshotFile.write(directory, start, wall);
            }
            journal = new DataFileWriter<>(new SpecificDatumWriter<>(JournalBlock.class));
            journal.setCodec(CodecFactory.zstandardCodec(1));
            journal.create(
                    JournalBlock.getClassSchema(), directory.resolve(JOURNAL).toFile());
            inputs = new DataFileWriter<>(new GenericDatumWriter<>(INPUT));
            inputs.setCodec(CodecFactory.zstandardCodec(1));
            inputs.create(INPUT, directory.resolve(INPUTS).toFile());
        }

        void block(JournalBlock block) throws IOException {
            journal.append(block);
        }

        void input(RawRecord input) throws IOException {
            GenericRecord record = new GenericData.Record(INPUT);
            record.put("topic", input.topic().topicName());
            record.put("offset", input.offset());
            record.put("timestampMs", input.timestampMs());
            record.put("value", input.value() == null ? null : ByteBuffer.wrap(input.value()));
            inputs.append(record);
        }

        @Override
        public void close() throws IOException {
            try (journal;
                    inputs) {
                journal.flush();
                inputs.flush();
            }
        }
    }
}
