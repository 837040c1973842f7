package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedClock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReadRecordTest {
    private static final int RECORDS = 9_001;
    private static final int BROKEN = 4_321;

    private final RecordCodec codec = new RecordCodec();

    @Test
    void readsManyInTheirOrderAndSaysWhichOneIsBroken() {
        List<Stored> records = new ArrayList<>(LongStream.range(0, RECORDS)
                .mapToObj(i -> stored(i, codec.encode(new SavedClock(i, i))))
                .toList());
        records.set(BROKEN, stored(BROKEN, new byte[3]));

        List<ReadRecord> read = ReadRecord.all(records);

        assertThat(read).hasSize(RECORDS);
        assertThat(read.get(BROKEN).decoded()).isInstanceOf(Decoded.Fault.class);
        assertThat(IntStream.range(0, RECORDS).filter(i -> i != BROKEN))
                .allSatisfy(i -> assertThat(read.get(i).decoded())
                        .isEqualTo(new Decoded.Value(new SavedClock((long) i, (long) i))));
        assertThat(read.stream().mapToLong(ReadRecord::number).sum())
                .isEqualTo(records.stream()
                        .mapToLong(one -> StoredSum.number(one.store(), one.key(), one.value()))
                        .sum());
    }

    @Test
    void portionsHaveAllRecordsInTheirOrder() {
        List<Stored> records = IntStream.range(0, StoredPortion.SIZE + 1)
                .mapToObj(i -> stored(i, new byte[0]))
                .toList();
        List<List<Stored>> taken = new ArrayList<>();
        StoredPortion portion = new StoredPortion(taken::add);

        records.forEach(portion::add);
        portion.end();

        assertThat(taken).extracting(List::size).containsExactly(StoredPortion.SIZE, 1);
        assertThat(taken.stream().flatMap(List::stream)).containsExactlyElementsOf(records);
    }

    private static Stored stored(long key, byte[] value) {
        return new Stored(Store.CLOCK, Long.toString(key).getBytes(StandardCharsets.UTF_8), value);
    }
}
