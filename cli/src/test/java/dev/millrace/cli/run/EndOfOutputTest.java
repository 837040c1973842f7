package dev.millrace.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class EndOfOutputTest {
    private long nowNs;
    private final EndOfOutput end = new EndOfOutput(() -> nowNs);

    @Test
    void comesWithTheLastChunksOfBothStreamsOfATaskThatHasEnded() {
        end.take(chunk(1, LogStream.STDOUT, true));
        end.take(chunk(1, LogStream.STDERR, true));
        assertThat(end.isOver()).isFalse();

        end.ended(1, true);

        assertThat(end.isOver()).isTrue();
        assertThat(end.isIncomplete()).isFalse();
    }

    @Test
    void isNotThatOfAnEarlierAttempt() {
        end.take(chunk(1, LogStream.STDOUT, true));
        end.take(chunk(1, LogStream.STDERR, true));
        end.take(chunk(2, LogStream.STDOUT, false));
        end.ended(2, true);

        assertThat(end.isOver()).isFalse();
    }

    @Test
    void isThereAtOnceIfTheLastAttemptNeverRan() {
        end.ended(1, false);

        assertThat(end.isOver()).isTrue();
        assertThat(end.isIncomplete()).isFalse();
    }

    @Test
    void isNoLongerHopedForWhenNothingComesForAWhileAfterTheTasksEnd() {
        pass(60);
        end.ended(1, true);
        pass(19);
        assertThat(end.isOver()).isFalse();
        end.take(chunk(1, LogStream.STDOUT, false));
        pass(19);
        assertThat(end.isOver()).isFalse();

        pass(1);

        assertThat(end.isOver()).isTrue();
        assertThat(end.isIncomplete()).isTrue();
    }

    @Test
    void doesNotComeWhileTheTaskRunsHoweverSilentItIs() {
        pass(3600);

        assertThat(end.isOver()).isFalse();
    }

    private void pass(long seconds) {
        nowNs += seconds * 1_000_000_000L;
    }

    private static LogChunk chunk(int attempt, LogStream stream, boolean last) {
        var data = ByteBuffer.wrap(new byte[] {'x', '\n'});
        return new LogChunk("default", "j-1/t/0", attempt, "agent-1", stream, 0L, data, last, Statuses.NOON);
    }
}
