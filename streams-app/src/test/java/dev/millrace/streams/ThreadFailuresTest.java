package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.StoredSumException;
import dev.millrace.streams.topology.LogWentBackException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class ThreadFailuresTest {
    private final LogWentBackException wentBack = new LogWentBackException("task-requests-0@3", 7);

    private final ThreadFailures failures =
            new ThreadFailures(new CrashLoopBreaker(() -> 0), new Topics("m."), "broker:9092");

    @Test
    void aThreadThatFailsNowAndThenIsReplaced() {
        for (int i = 1; i < CrashLoopBreaker.MAX_FAILURES; i++) {
            assertThat(judged(new StreamsException("away"))).isEmpty();
        }

        assertThat(judged(new StreamsException("away")).orElseThrow()).contains("without any progress", "away");
    }

    @Test
    void whatIsInATopicThatWentBackIsNotSkippedThoughNobodySaysYetThatItWasMadeAnew() {
        assertThat(judged(new StreamsException(wentBack)).orElseThrow())
                .contains("task-requests-0@3 came after offset 7", "Start the scheduler again");
    }

    @Test
    void thatATopicWasMadeAnewIsSaidWhereItIsKnown() {
        assertThat(failures.hopeless(new StreamsException(wentBack), missed -> Optional.of("it was made anew")))
                .hasValue("it was made anew");
    }

    @Test
    void aTopicThatAThreadMissesIsAskedForAsOneThatSomebodyMissed() {
        List<Boolean> asked = new ArrayList<>();

        for (RuntimeException each : List.of(new MissingSourceTopicException("gone"), new StreamsException("away"))) {
            Optional<String> unused = failures.hopeless(each, missed -> {
                asked.add(missed);
                return Optional.empty();
            });
        }

        assertThat(asked).containsExactly(true, false);
    }

    @Test
    void aPartitionThatWasMisreadIsReadAnewOnceUntilItGoesOn() {
        assertThat(judged(new StoredSumException(1, 2, 3))).isEmpty();
        failures.ready(1, 10);
        assertThat(judged(new StoredSumException(1, 2, 3))).isEmpty();

        assertThat(judged(new StoredSumException(1, 2, 3)).orElseThrow())
                .contains("millrace recover --bootstrap-server broker:9092 --prefix m.");
        assertThat(judged(new StoredSumException(2, 2, 3))).isEmpty();
    }

    @Test
    void whoFindsAnotherOneUnderItsNameGivesUp() {
        assertThat(judged(new StreamsException(new FencedInstanceIdException("fenced")))
                        .orElseThrow())
                .contains("the same instance id");
    }

    /** Where the topics are as they were, as far as anybody knows. */
    private Optional<String> judged(RuntimeException thrown) {
        return failures.hopeless(thrown, missed -> Optional.empty());
    }
}
