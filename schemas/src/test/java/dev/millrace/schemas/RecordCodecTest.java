package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.Continue;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Tick;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
    private static final long SEED = Long.getLong("millrace.seed", 20_260_702L);

    private final RecordCodec codec = new RecordCodec();

    @Test
    void everyTypeOfRecordComesBackAsItWas() {
        RandomRecords records = new RandomRecords(new Random(SEED));
        for (RecordType type : RecordTypes.list()) {
            for (int i = 0; i < 100; i++) {
                SpecificRecord record = records.record(type.schema());

                Decoded decoded = codec.decode(codec.encode(record));

                assertThat(decoded).as("seed %d", SEED).isEqualTo(new Decoded.Value(record));
            }
        }
    }

    @Test
    void givesTheSameObjectsForWhatIsTheSameInRecordAfterRecord() {
        TaskRequest.Builder request = TaskRequest.newBuilder()
                .setPool("default")
                .setSubmissionId("s")
                .setRole("eng/web")
                .setResources(Resources.newBuilder().setCpuMillis(100).build())
                .setShell("x".repeat(100));

        TaskRequest one = decoded(request.setTaskId("one").build());
        TaskRequest other = decoded(request.setTaskId("other").build());

        assertThat(one).isEqualTo(request.setTaskId("one").build());
        assertThat(other).isEqualTo(request.setTaskId("other").build());
        assertThat(other.getRole()).isSameAs(one.getRole());
        assertThat(other.getConstraints()).isSameAs(one.getConstraints());
        assertThat(other.getResources().getPorts())
                .isSameAs(one.getResources().getPorts())
                .isSameAs(one.getResources().getScalars());
        assertThat(other.getShell()).isNotSameAs(one.getShell());
    }

    @Test
    void noEmptyListOfItsOwnIsLeftInARecordOfAnyType() {
        RandomRecords records = new RandomRecords(new Random(SEED));
        Set<Object> others = Collections.newSetFromMap(new IdentityHashMap<>());
        for (RecordType type : RecordTypes.list()) {
            for (int i = 0; i < 100; i++) {
                Decoded decoded = codec.decode(codec.encode(records.record(type.schema())));
                collectEmptyLists(((Decoded.Value) decoded).record(), others);
            }
        }

        assertThat(others).hasSize(1);
    }

    private static void collectEmptyLists(Object value, Set<Object> into) {
        if (value instanceof IndexedRecord record) {
            record.getSchema().getFields().forEach(field -> collectEmptyLists(record.get(field.pos()), into));
        } else if (value instanceof List<?> list) {
            if (list.isEmpty()) {
                into.add(list);
            }
            list.forEach(item -> collectEmptyLists(item, into));
        }
    }

    @Test
    void doesNotMistakeOneStringForAnother() {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            String text = random.ints(random.nextInt(60), 0, 3)
                    .mapToObj(letter -> "aé\u0000".substring(letter, letter + 1))
                    .collect(Collectors.joining());
            Continue record = new Continue(text);

            assertThat(codec.decode(codec.encode(record))).as("seed %d", SEED).isEqualTo(new Decoded.Value(record));
        }
    }

    @Test
    void writesSingleObjectEncoding() {
        byte[] bytes = codec.encode(new Continue("default"));

        assertThat(Arrays.copyOf(bytes, 2)).containsExactly(0xC3, 0x01);
        assertThat(Fingerprint.in(bytes)).isEqualTo(Fingerprint.of(Continue.getClassSchema()));
        assertThat(Arrays.copyOfRange(bytes, 10, bytes.length)).containsExactly(14, 'd', 'e', 'f', 'a', 'u', 'l', 't');
    }

    @Test
    void refusesToEncodeWhatIsNotWrittenWhole() {
        assertThatThrownBy(() -> codec.encode(new KeyValue("a", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dev.millrace.contract.KeyValue is not written whole to any topic or store");
    }

    @Test
    void refusesToEncodeARecordThatLacksAField() {
        assertThatThrownBy(() -> codec.encode(new KillRequest("default", null, null, "", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot encode KillRequest");
        assertThat(codec.decode(codec.encode(new Continue("after"))))
                .isEqualTo(new Decoded.Value(new Continue("after")));
    }

    @Test
    void aMissingOrForeignValueIsNotEncoded() {
        assertFault(codec.decode(null), DeadLetterReason.NOT_ENCODED, "there is no value");
        assertFault(codec.decode(new byte[0]), DeadLetterReason.NOT_ENCODED, "of 0 bytes");
        assertFault(
                codec.decode("{\"pool\":\"default\"}".getBytes(StandardCharsets.UTF_8)),
                DeadLetterReason.NOT_ENCODED,
                "C3 01");
    }

    @Test
    void anUnknownFingerprintIsNamedAsAHexDumpShowsIt() {
        byte[] bytes = {(byte) 0xC3, 1, 0x0a, 2, 3, 4, 5, 6, 7, (byte) 0xff, 0};

        assertFault(codec.decode(bytes), DeadLetterReason.UNKNOWN_SCHEMA, "0a020304050607ff");
    }

    @Test
    void leftOverBytesAreAFault() {
        byte[] bytes = codec.encode(new Continue("default"));

        assertFault(
                codec.decode(Arrays.copyOf(bytes, bytes.length + 3)),
                DeadLetterReason.MALFORMED,
                "3 bytes are left over");
    }

    @Test
    void aRecordOnTheWrongTopicIsNamed() {
        byte[] bytes = codec.encode(new Tick(0, 250L));

        assertFault(
                codec.decode(bytes, Topic.TASK_REQUESTS),
                DeadLetterReason.WRONG_TOPIC,
                "a Tick does not belong on task-requests");
        assertThat(codec.decode(bytes, Topic.INTERNAL)).isInstanceOf(Decoded.Value.class);
    }

    @Test
    void whatIsTooLargeIsNotLookedAt() {
        byte[] bytes = new byte[RecordCodec.MAX_RECORD_BYTES + 1];

        assertFault(codec.decode(bytes, Topic.TASK_REQUESTS), DeadLetterReason.OVERSIZED, "262145 bytes");
        assertFault(codec.decode(bytes, Topic.AGENT_EVENTS), DeadLetterReason.NOT_ENCODED, "C3 01");
    }

    private TaskRequest decoded(TaskRequest request) {
        return (TaskRequest) ((Decoded.Value) codec.decode(codec.encode(request))).record();
    }

    private static void assertFault(Decoded decoded, DeadLetterReason reason, String detail) {
        assertThat(decoded).isInstanceOf(Decoded.Fault.class);
        assertThat(((Decoded.Fault) decoded).reason()).isEqualTo(reason);
        assertThat(((Decoded.Fault) decoded).detail()).contains(detail);
    }
}
