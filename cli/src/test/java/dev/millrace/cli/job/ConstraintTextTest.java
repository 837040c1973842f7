package dev.millrace.cli.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConstraintTextTest {
    @Test
    void readsEachOperator() {
        assertThat(ConstraintText.parse("os == linux")).isEqualTo(constraint("os", ConstraintOperator.EQUALS, "linux"));
        assertThat(ConstraintText.parse("rack!=r1")).isEqualTo(constraint("rack", ConstraintOperator.NOT_EQUALS, "r1"));
        assertThat(ConstraintText.parse("host =~ web[0-9]+, or so"))
                .isEqualTo(constraint("host", ConstraintOperator.MATCHES, "web[0-9]+, or so"));
        assertThat(ConstraintText.parse("zone in [a, b]"))
                .isEqualTo(constraint("zone", ConstraintOperator.IN, "a", "b"));
        assertThat(ConstraintText.parse(" gpu  exists ")).isEqualTo(constraint("gpu", ConstraintOperator.EXISTS));
    }

    @Test
    void readsQuotedValues() {
        assertThat(ConstraintText.parse("model == \" two words \""))
                .isEqualTo(constraint("model", ConstraintOperator.EQUALS, " two words "));
        assertThat(ConstraintText.parse("zone in [\"a,b\", c]"))
                .isEqualTo(constraint("zone", ConstraintOperator.IN, "a,b", "c"));
        assertThat(ConstraintText.parse("zone == \"\"")).isEqualTo(constraint("zone", ConstraintOperator.EQUALS, ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "os == linux",
                "rack != \"r,1\"",
                "host =~ web.*",
                "zone in [a, \"b,c\", d]",
                "gpu exists",
                "note == \" spaced \""
            })
    void writesWhatItReads(String text) {
        assertThat(ConstraintText.of(ConstraintText.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "os",
                "== linux",
                "os = linux",
                "os ==",
                "os like linux",
                "zone in a, b",
                "zone in [a,,b]",
                "zone in []",
                "host =~ [",
                "gpu exists now"
            })
    void refusesWhatIsNoConstraintAndNamesIt(String text) {
        assertThatThrownBy(() -> ConstraintText.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("constraint '" + text + "'");
    }

    private static Constraint constraint(String attribute, ConstraintOperator operator, String... values) {
        return new Constraint(attribute, operator, List.of(values));
    }
}
