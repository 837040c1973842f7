package dev.millrace.streams.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.JournalRun;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.MemoryCluster;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SliceTest {
    @TempDir
    private Path directory;

    private final MemoryCluster cluster = RecordedRuns.eventful(2);
    private final List<JournalBlock> journal = cluster.journal(1);

    @Test
    void isReplayedWithoutABrokerAsOftenAsOneLikes() throws Exception {
        write(ReplayStart.atTheBeginning(1, RecordedRuns.PARTITIONS), journal);

        Slice slice = Slice.read(directory);

        for (int i = 0; i < 2; i++) {
            var result = slice.replay(ReplayWatcher.NONE);
            assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.VERIFIED);
            assertThat(result.checksum()).isEqualTo(cluster.checksum(1));
            assertThat(result.inputs()).isEqualTo(cluster.inputs(1));
        }
    }

    @Test
    void mayBeginInTheMiddle() throws Exception {
        PartitionReplay earlier = new PartitionReplay(1, RecordedRuns.PARTITIONS, cluster.inputLog(1));
        assertThat(earlier.replay(journal.get(0))).isTrue();
        StoredState state = earlier.state();
        write(new ReplayStart(1, RecordedRuns.PARTITIONS, state), journal.subList(1, journal.size()));

        var result = Slice.read(directory).replay(ReplayWatcher.NONE);

        assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.VERIFIED);
        assertThat(result.checksum()).isEqualTo(cluster.checksum(1));
        assertThat(result.blocks()).isEqualTo(journal.size() - 1);
    }

    @Test
    void saysThatADirectoryHoldsNone() {
        assertThatThrownBy(() -> Slice.read(directory)).isInstanceOf(IOException.class);
    }

    private void write(ReplayStart start, List<JournalBlock> blocks) throws IOException {
        try (Slice.Writer writer = new Slice.Writer(directory, start, Instant.EPOCH);
                InputLog inputs = cluster.inputLog(1)) {
            for (JournalBlock block : blocks) {
                writer.block(block);
                for (JournalRun run : block.getRuns()) {
                    long next = run.getFirstOffset();
                    for (int i = 0; i < run.getCount(); i++) {
                        RawRecord input = inputs.next(
                                        Topic.named(run.getTopic()).orElseThrow(), next)
                                .orElseThrow();
                        writer.input(input);
                        next = input.offset() + 1;
                    }
                }
            }
        }
    }
}
