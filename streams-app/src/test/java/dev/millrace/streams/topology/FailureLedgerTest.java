package dev.millrace.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureLedgerTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void chooseFile() {
        file = directory.resolve("failures");
    }

    @Test
    void anInputIsPoisonedAfterTwoFailuresAlsoAcrossARestart() throws IOException {
        FailureLedger ledger = new FailureLedger(file);
        assertThat(ledger.failed("topic", 1, 7)).isOne();
        assertThat(ledger.poisoned("topic", 1, 7)).isFalse();

        FailureLedger reopened = new FailureLedger(file);

        assertThat(reopened.failed("topic", 1, 7)).isEqualTo(2);
        assertThat(reopened.poisoned("topic", 1, 7)).isTrue();
        assertThat(new FailureLedger(file).poisoned("topic", 1, 7)).isTrue();
    }

    @Test
    void inputsOfOtherTopicsPartitionsAndOffsetsAreOthers() throws IOException {
        FailureLedger ledger = new FailureLedger(file);
        ledger.failed("topic", 1, 7);
        ledger.failed("topic", 1, 7);

        assertThat(ledger.poisoned("topic", 1, 8)).isFalse();
        assertThat(ledger.poisoned("topic", 2, 7)).isFalse();
        assertThat(ledger.poisoned("made anew", 1, 7)).isFalse();
    }

    @Test
    void forgetsTheOldestBeyondAThousand() throws IOException {
        FailureLedger ledger = new FailureLedger(file);
        for (int offset = 0; offset <= FailureLedger.MAX_ENTRIES; offset++) {
            ledger.failed("topic", 0, offset);
        }

        assertThat(Files.readAllLines(file)).hasSize(FailureLedger.MAX_ENTRIES);
        assertThat(ledger.failed("topic", 0, 0)).isOne();
        assertThat(ledger.failed("topic", 0, 2)).isEqualTo(2);
    }

    @Test
    void aFileThatIsNoLedgerIsRefusedWithTheLine() throws IOException {
        Files.writeString(file, "topic 0 7 1\nscribble\n");

        assertThatThrownBy(() -> new FailureLedger(file))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(file.toString(), "'scribble'", "delete the file");
    }
}
