package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever bytes come: no exception, and no more memory than a multiple of their length. Repeat with {@code -Dmillrace.seed=N}; each test
 * takes {@code millrace.fuzz.records} records.
 */
class RecordCodecFuzzTest {
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());

    private static final int RECORDS = Integer.getInteger("millrace.fuzz.records", 20_000);

    /** Classes are loaded and call sites linked at the first decoding of a kind. */
    private static final long MAX_BASE_BYTES = 2_000_000;

    /** Of all items, those that are records of empty strings, zeros and empty arrays take the most memory for a byte. */
    private static final long MAX_BYTES_PER_BYTE = 100;

    private final Random random = new Random(SEED);
    private final RecordCodec codec = new RecordCodec();
    private final RandomRecords records = new RandomRecords(random);
    private final List<RecordType> types = RecordTypes.list();
    private int values;

    /** The history is read at the first unknown fingerprint, which is no matter of the bytes that bear it. */
    @BeforeAll
    static void readHistory() {
        assertThat(SchemaHistory.compiled().find(0)).isEmpty();
    }

    @Test
    void takesRandomBytes() {
        for (int i = 0; i < RECORDS; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            decode(bytes);
        }

        assertThat(values).isZero();
    }

    @Test
    void takesRandomBytesBehindATrueHeader() {
        for (int i = 0; i < RECORDS; i++) {
            byte[] bytes = new byte[Fingerprint.HEADER_BYTES + random.nextInt(200)];
            random.nextBytes(bytes);
            byte[] header = anyType().header();
            System.arraycopy(header, 0, bytes, 0, header.length);
            decode(bytes);
        }
    }

    @Test
    void takesTruncatedRecords() {
        for (int i = 0; i < RECORDS; i++) {
            byte[] bytes = anyRecord();
            decode(Arrays.copyOf(bytes, random.nextInt(bytes.length)));
        }

        assertThat(values)
                .as("seed %d: no record is the beginning of another", SEED)
                .isZero();
    }

    @Test
    void takesRecordsWithFlippedBits() {
        for (int i = 0; i < RECORDS; i++) {
            byte[] bytes = anyRecord();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            decode(bytes);
        }
    }

    @Test
    void takesRecordsWithHugeNumbersInThem() {
        byte[] huge = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0x0f};
        byte[] hugest = {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1};
        for (int i = 0; i < RECORDS; i++) {
            byte[] bytes = anyRecord();
            byte[] number = random.nextBoolean() ? huge : hugest;
            int at = Fingerprint.HEADER_BYTES + random.nextInt(bytes.length - Fingerprint.HEADER_BYTES + 1);
            byte[] longer = Arrays.copyOf(bytes, Math.max(bytes.length, at + number.length));
            System.arraycopy(number, 0, longer, at, number.length);
            decode(longer);
        }
    }

    @Test
    void takesTheLargestRecordsInBoundedMemory() {
        for (RecordType type : types) {
            for (byte filling : new byte[] {0, 1, 2, 0x7f, -1}) {
                byte[] bytes = new byte[RecordCodec.MAX_RECORD_BYTES];
                Arrays.fill(bytes, filling);
                System.arraycopy(type.header(), 0, bytes, 0, type.header().length);
                decode(bytes);
            }
        }
    }

    private void decode(byte[] bytes) {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        Decoded decoded;
        List<String> faults = List.of();
        try {
            decoded = codec.decode(bytes);
            if (decoded instanceof Decoded.Value value) {
                values++;
                faults = Validator.faults(value.record());
                codec.encode(value.record());
            }
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + SEED + ": " + Arrays.toString(bytes), e);
        }
        long allocated = thread.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated)
                .as("seed %d: %s %s", SEED, decoded instanceof Decoded.Fault ? decoded : "a value", faults)
                .isLessThan(MAX_BASE_BYTES + MAX_BYTES_PER_BYTE * bytes.length);
    }

    private RecordType anyType() {
        return types.get(random.nextInt(types.size()));
    }

    private byte[] anyRecord() {
        SpecificRecord record = records.record(anyType().schema());
        return codec.encode(record);
    }
}
