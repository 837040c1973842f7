package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EndReasonTest {
    private final EndReason end = new EndReason();

    @Test
    void anEndThatWasAskedForIsNoFailure() {
        end.thrown(new IllegalStateException("earlier"));
        end.asked();
        end.ended();

        assertThat(end.failure()).isEmpty();
    }

    @Test
    void anEndThatNobodyAskedForIsOneAndNamesTheLastException() {
        end.thrown(new IllegalStateException("first"));
        end.thrown(new IllegalStateException("second"));
        end.ended();

        assertThat(end.failure()).contains("all stream threads died: java.lang.IllegalStateException: second");
    }

    @Test
    void whatWentWrongFirstIsTheReason() {
        end.failed("first");
        end.failed("second");
        end.ended();
        end.asked();

        assertThat(end.failure()).contains("first");
    }
}
