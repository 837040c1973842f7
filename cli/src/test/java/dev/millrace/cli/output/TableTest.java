package dev.millrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.TaskState;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void alignsColumnsAndLeavesNoBlanksAtTheEnds() {
        var table =
                new Table("TASK", "TRIES>", "STATE").row("a", "1", "RUNNING").row("longer-name", "12", "");

        assertThat(printed(table)).isEqualTo("""
                        TASK         TRIES  STATE
                        a                1  RUNNING
                        longer-name     12
                        """);
    }

    @Test
    void doesNotCountColoursAsWidth() {
        var coloured = new Table("STATE", "AGENT").row(Style.COLOURED.state(TaskState.TASK_RUNNING), "a1");
        var plain = new Table("STATE", "AGENT").row(Style.PLAIN.state(TaskState.TASK_RUNNING), "a1");

        assertThat(printed(coloured).replaceAll("\u001b\\[[0-9]+m", "")).isEqualTo(printed(plain));
        assertThat(printed(coloured)).contains("\u001b[36mRUNNING\u001b[0m");
    }

    @Test
    void refusesARowThatDoesNotFit() {
        assertThatThrownBy(() -> new Table("A", "B").row("1")).isInstanceOf(IllegalArgumentException.class);
    }

    private static String printed(Table table) {
        var bytes = new ByteArrayOutputStream();
        table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
