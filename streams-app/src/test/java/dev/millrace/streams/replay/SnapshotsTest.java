package dev.millrace.streams.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.JournalBlock;
import dev.millrace.streams.engine.MemoryCluster;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {
    private static final int PARTITIONS = RecordedRuns.PARTITIONS;

    @TempDir
    private Path directory;

    private final MemoryCluster cluster = RecordedRuns.eventful(1);
    private final List<JournalBlock> journal = cluster.journal(0);

    @Test
    void aReplayGoesOnFromASnapshotAtAnyBlock() throws Exception {
        Map<Long, Path> snapshots = new HashMap<>();
        PartitionReplay whole = new PartitionReplay(0, PARTITIONS, cluster.inputLog(0));
        for (JournalBlock block : journal) {
            assertThat(whole.replay(block)).isTrue();
            snapshots.put(
                    block.getNumber() + 1,
                    new Snapshots(directory)
                            .write(new ReplayStart(0, PARTITIONS, whole.state()), whole.wall())
                            .path());
        }
        assertThat(journal).hasSizeGreaterThan(2);

        for (JournalBlock first : journal.subList(1, journal.size())) {
            ReplayStart start =
                    SnapshotFile.of(snapshots.get(first.getNumber())).read();
            PartitionReplay part = new PartitionReplay(start, cluster.inputLog(0), ReplayWatcher.NONE);
            for (JournalBlock block : journal.subList((int) first.getNumber(), journal.size())) {
                assertThat(part.replay(block)).as(part.result().detail()).isTrue();
            }

            assertThat(part.result().outcome()).isEqualTo(Outcome.VERIFIED);
            assertThat(part.result().checksum()).isEqualTo(cluster.checksum(0));
            assertThat(contents(part.state())).isEqualTo(contents(whole.state()));
        }
    }

    @Test
    void aReplayGoesOnFromTheMiddleOfABlock() {
        StoredState state = new StoredState();
        MemoryCluster stopped = RecordedRuns.eventful(1);
        stopped.copyStored(0, state);
        JournalBlock open = stopped.saved(0).getOpenBlock();
        assertThat(open.getRuns()).isNotEmpty();
        stopped.tick(250);
        stopped.run();
        JournalBlock later = stopped.saved(0).getOpenBlock();
        assertThat(later.getNumber()).isEqualTo(open.getNumber());

        PartitionReplay replay =
                new PartitionReplay(new ReplayStart(0, PARTITIONS, state), stopped.inputLog(0), ReplayWatcher.NONE);

        assertThat(replay.replay(later)).as(replay.result().detail()).isTrue();
        assertThat(replay.result().inputs()).isEqualTo(stopped.inputs(0) - cluster.inputs(0));
    }

    @Test
    void listsThoseOfAPartitionTheOldestFirst() throws Exception {
        Snapshots snapshots = new Snapshots(directory.resolve("made/when/needed"));
        assertThat(snapshots.list()).isEmpty();
        PartitionReplay replay = new PartitionReplay(0, PARTITIONS, cluster.inputLog(0));
        for (JournalBlock block : journal) {
            replay.replay(block);
            snapshots.write(
                    new ReplayStart(0, PARTITIONS, replay.state()), Instant.ofEpochSecond(100 * block.getNumber()));
        }

        assertThat(snapshots.of(0))
                .extracting(SnapshotFile::wall)
                .isEqualTo(journal.stream()
                        .map(block -> Instant.ofEpochSecond(100 * block.getNumber()))
                        .toList());
        assertThat(snapshots.of(1)).isEmpty();

        snapshots.keep(0, 1);
        assertThat(snapshots.list())
                .extracting(SnapshotFile::block)
                .containsExactly(journal.get(journal.size() - 1).getNumber() + 1);
    }

    @Test
    void findsThatASnapshotIsDamaged() throws Exception {
        SnapshotFile file = snapshot();
        byte[] bytes = Files.readAllBytes(file.path());
        bytes[bytes.length / 2] ^= 0x10;
        Files.write(file.path(), bytes);

        assertThatThrownBy(file::read).isInstanceOf(IOException.class).hasMessageContaining("is damaged");
    }

    @Test
    void findsThatTheEndOfASnapshotIsMissing() throws Exception {
        SnapshotFile file = snapshot();
        byte[] bytes = Files.readAllBytes(file.path());
        Files.write(file.path(), Arrays.copyOf(bytes, bytes.length * 2 / 3));

        assertThatThrownBy(file::read).isInstanceOf(IOException.class).hasMessageContaining("is damaged");
    }

    @Test
    void saysThatAFileIsNoSnapshot() throws Exception {
        Path file = Files.writeString(directory.resolve("x.snapshot"), "nonsense");

        assertThatThrownBy(() -> new Snapshots(directory).list())
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.getFileName().toString());
    }

    @Test
    void aFileThatIsNoSnapshotIsPassedOverWhereOneIsLookedFor() throws Exception {
        SnapshotFile good = snapshot();
        Files.writeString(directory.resolve("00000-000000000999999.snapshot"), "nonsense");

        assertThat(new Snapshots(directory).of(0)).containsExactly(good);
    }

    @Test
    void leavesNothingBesideWhatItHasWritten() throws Exception {
        SnapshotFile written = snapshot();

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(written.path());
        }
    }

    private SnapshotFile snapshot() throws IOException {
        StoredState state = new StoredState();
        cluster.copyStored(0, state);
        return new Snapshots(directory).write(new ReplayStart(0, PARTITIONS, state), Instant.EPOCH);
    }

    /** Everything that is stored, comparable. */
    static Map<String, String> contents(StoredState state) {
        Map<String, String> contents = new TreeMap<>();
        state.forEach((store, key, value) -> contents.put(
                store + " " + new String(key, StandardCharsets.UTF_8),
                HexFormat.of().formatHex(value)));
        return contents;
    }
}
