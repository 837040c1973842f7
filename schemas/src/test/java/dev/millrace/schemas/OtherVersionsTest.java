package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.KillRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class OtherVersionsTest {
    private static final String LATER_KILL = """
            {"type": "record", "name": "KillRequest", "namespace": "dev.millrace.contract", "fields": [
              {"name": "pool", "type": "string"},
              {"name": "urgency", "type": {"type": "array", "items": "double"}},
              {"name": "taskId", "type": "string"}]}
            """;

    private final SchemaBook book = new SchemaBook();
    private final RecordCodec codec = new RecordCodec(book);

    @Test
    void aLaterVersionIsReadOnceItsSchemaIsKnown() throws IOException {
        Schema later = new Schema.Parser().parse(LATER_KILL);
        GenericRecord kill = new GenericData.Record(later);
        kill.put("pool", "default");
        kill.put("urgency", List.of(0.5, 1.5));
        kill.put("taskId", "a/0");
        byte[] bytes = encode(kill);

        assertFault(codec.decode(bytes), DeadLetterReason.UNKNOWN_SCHEMA, "no schema of fingerprint");
        assertThat(book.add(LATER_KILL.getBytes(StandardCharsets.UTF_8))).isTrue();

        assertThat(codec.decode(bytes)).isEqualTo(new Decoded.Value(new KillRequest("default", "a/0", null, "", "")));
        assertThat(new RecordCodec().decode(bytes)).isInstanceOf(Decoded.Fault.class);
    }

    @Test
    void aSymbolThatThisVersionDoesNotKnowBecomesTheDefault() throws IOException {
        String json = JournalBlock.getClassSchema().toString().replace("\"POISONED\"", "\"POISONED\",\"VANISHED\"");
        Schema later = new Schema.Parser().parse(json);
        Schema runSchema = later.getField("runs").schema().getElementType();
        GenericRecord run = new GenericData.Record(runSchema);
        run.put("topic", "task-requests");
        run.put("firstOffset", 0L);
        run.put("count", 1);
        run.put(
                "outcome",
                new GenericData.EnumSymbol(runSchema.getField("outcome").schema(), "VANISHED"));
        GenericRecord block = new GenericData.Record(later);
        for (Schema.Field field : later.getFields()) {
            block.put(field.pos(), field.schema().getType() == Schema.Type.INT ? (Object) 1 : (Object) 1L);
        }
        block.put("runs", List.of(run));
        book.add(json.getBytes(StandardCharsets.UTF_8));

        Decoded decoded = codec.decode(encode(block));

        assertThat(decoded).isInstanceOf(Decoded.Value.class);
        JournalBlock read = (JournalBlock) ((Decoded.Value) decoded).record();
        assertThat(read.getRuns().get(0).getOutcome()).isEqualTo(InputOutcome.OUTCOME_UNKNOWN);
    }

    @Test
    void aSchemaThatLacksWhatIsNeededIsAFault() throws IOException {
        String json = LATER_KILL.replace("{\"name\": \"pool\", \"type\": \"string\"},", "");
        GenericRecord kill = new GenericData.Record(new Schema.Parser().parse(json));
        kill.put("urgency", List.of());
        kill.put("taskId", "a/0");
        book.add(json.getBytes(StandardCharsets.UTF_8));

        assertFault(codec.decode(encode(kill)), DeadLetterReason.MALFORMED, "pool");
    }

    @Test
    void aRecordTypeThatThisVersionDoesNotHaveIsNamed() throws IOException {
        String json = LATER_KILL.replace("KillRequest", "Resurrection");
        GenericRecord record = new GenericData.Record(new Schema.Parser().parse(json));
        record.put("pool", "");
        record.put("urgency", List.of());
        record.put("taskId", "");
        book.add(json.getBytes(StandardCharsets.UTF_8));

        assertFault(
                codec.decode(encode(record)), DeadLetterReason.UNKNOWN_SCHEMA, "dev.millrace.contract.Resurrection");
    }

    @Test
    void skippedFieldsOfOtherVersionsAreBoundedToo() throws IOException {
        GenericRecord kill = new GenericData.Record(new Schema.Parser().parse(LATER_KILL));
        kill.put("pool", "default");
        kill.put("urgency", List.of(0.5));
        kill.put("taskId", "a/0");
        book.add(LATER_KILL.getBytes(StandardCharsets.UTF_8));
        byte[] bytes = encode(kill);
        int count = 10 + 8;
        assertThat(bytes[count]).isEqualTo((byte) 2);

        bytes[count] = 0x7e;

        assertFault(codec.decode(bytes), DeadLetterReason.MALFORMED, "a block of 63 items, but only");
    }

    @Test
    void aBookTakesSchemasOnly() {
        assertThat(book.add("".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(book.add("{\"type\": \"recor".getBytes(StandardCharsets.UTF_8)))
                .isFalse();
        assertThat(book.add("[".repeat(100_000).getBytes(StandardCharsets.UTF_8)))
                .isFalse();
        assertThat(book.add(new byte[1_000_000])).isFalse();
    }

    @Test
    void theHistoryKnowsThisVersion() {
        for (RecordType type : RecordTypes.list()) {
            assertThat(SchemaHistory.compiled().find(type.fingerprint()))
                    .as(type.name())
                    .isPresent();
        }
        assertThat(SchemaHistory.compiled().find(Fingerprint.of(AgentLeaving.getClassSchema())))
                .isPresent();
    }

    private static byte[] encode(GenericRecord record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(Fingerprint.header(Fingerprint.of(record.getSchema())));
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static void assertFault(Decoded decoded, DeadLetterReason reason, String detail) {
        assertThat(decoded).isInstanceOf(Decoded.Fault.class);
        assertThat(((Decoded.Fault) decoded).reason()).isEqualTo(reason);
        assertThat(((Decoded.Fault) decoded).detail()).contains(detail);
    }
}
