package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.InputOutcome;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedPartition;
import dev.millrace.state.SavedPosition;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SavedPartitionEncoderTest {
    private static final long WALL_MS = 1_700_000_000_123L;

    private final RecordCodec codec = new RecordCodec();
    private final SavedPartitionEncoder encoder = new SavedPartitionEncoder(codec);

    @Test
    void writesWhatTheCodecWouldWriteAfterEveryStep() {
        Random random = new Random(1);
        Positions positions = new Positions(topics(), List.of());
        Journal journal = new Journal(3, 16, 7);
        List<Topic> inbound = Topic.inbound();
        InputOutcome[] outcomes = InputOutcome.values();
        long offset = 0;

        for (int i = 0; i < 3_000; i++) {
            offset += 1L << random.nextInt(30);
            Topic topic = inbound.get(random.nextInt(inbound.size()));
            journal.input(topic, offset, outcomes[random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1]);
            journal.output(Topic.TASK_STATUS, 3, new byte[] {1}, new byte[random.nextInt(50)]);
            positions.take(topic, offset);
            if (journal.full()) {
                journal.close(WALL_MS);
            }

            byte[] written = encoder.encode(positions, journal, offset * 31, WALL_MS);

            SavedPartition expected = new SavedPartition(saved(positions), journal.openBlock(WALL_MS), offset * 31);
            assertThat(written).as("step %d", i).isEqualTo(codec.encode(expected));
            if (i % 100 == 0) {
                assertThat(codec.decode(written)).isEqualTo(new Decoded.Value(expected));
            }
        }
        assertThat(journal.number()).isGreaterThan(5);
    }

    @Test
    void writesAPartitionThatHasTakenNothing() {
        Positions positions = new Positions(topics(), List.of());
        Journal journal = new Journal(0, 1, 1);

        byte[] written = encoder.encode(positions, journal, 0, 0);

        assertThat(written).isEqualTo(codec.encode(new SavedPartition(List.of(), journal.openBlock(0), 0L)));
    }

    private static List<SavedPosition> saved(Positions positions) {
        List<SavedPosition> saved = new ArrayList<>();
        for (Topic topic : Positions.byName()) {
            if (positions.begun(topic)) {
                saved.add(new SavedPosition(topic.topicName(), "id-" + topic, positions.highestTaken(topic)));
            }
        }
        return saved;
    }

    private static InboundTopics topics() {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, "id-" + topic));
        return new InboundTopics(16, ids, Set.of());
    }
}
