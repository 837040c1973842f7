package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexSizeTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "abc 4",
                "a{3} 4",
                "a{2,5} 6",
                "a{2,} 4",
                "(ab){10} 51",
                "((a{10}){10}){10} 1051", // 10 × (10 × (10 + 1 + 2) + 1 + 2) and so on
                "[a-z]{10} 11",
                "[]a{9}]x 3",
                "[[:alpha:]{9}]x 3",
                "[^\\]{9}]x 3",
                "\\p{Greek}x 3",
                "\\Qa{9}\\Ex 8",
                "a{,3} 6",
                "x{a} 5"
            })
    void countsWhatIsWrittenOut(String pattern, long atMost) {
        assertThat(RegexSize.of(pattern)).isLessThanOrEqualTo(2 * atMost).isGreaterThanOrEqualTo(atMost / 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"((a{1000}){1000}){10}", "((a?){50}){50}", "(((((a{99}){99}){99}){99}){99}){99}"})
    void isLargeForWhatBecomesLarge(String pattern) {
        assertThat(RegexSize.of(pattern)).isGreaterThan(TaskRequestRules.MAX_REGEX_SIZE);
    }

    @Test
    void readsWhatIsNoExpressionToItsEnd() {
        assertThat(RegexSize.of("a)b)(c[d\\")).isPositive();
        assertThat(RegexSize.of("\\")).isPositive();
        assertThat(RegexSize.of("[")).isPositive();
        assertThat(RegexSize.of("{1000}")).isPositive();
    }
}
