package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.output.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
    private static final int MAX_COLUMNS = 120;

    /** Every command with the words that are typed before {@code --help}. */
    static List<List<String>> commands() {
        var context = new CommandContext(Terminal.plain(System.out, System.err), Map.of(), Path.of("target"));
        var commands = new ArrayList<List<String>>();
        collect(Commands.create(context), List.of(), commands);
        return commands;
    }

    private static void collect(CommandLine command, List<String> words, List<List<String>> commands) {
        commands.add(words);
        command.getSubcommands().forEach((name, subcommand) -> {
            var more = new ArrayList<>(words);
            more.add(name);
            collect(subcommand, more, commands);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void showsUsageAndExamples(List<String> words) {
        var typed = Cli.type(Stream.concat(words.stream(), Stream.of("--help")).toArray(String[]::new));

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.err()).isEmpty();
        assertThat(typed.out())
                .startsWith("Usage: millrace")
                .contains("Show this help")
                .contains("Example");
        assertThat(Arrays.stream(typed.out().split("\n"))).allMatch(line -> line.length() <= MAX_COLUMNS);
    }

    @Test
    void showsTheVersion() {
        var typed = Cli.type("--version");

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out()).startsWith("millrace ");
    }

    @Test
    void showsHowACommandFollowsTheOptions() {
        assertThat(Cli.type("run", "--help").out())
                .contains("[FILE | -- COMMAND...]")
                .doesNotContain("....");
    }

    @Test
    void hasAllCommands() {
        assertThat(commands().stream().map(words -> String.join(" ", words)))
                .contains(
                        "up",
                        "run",
                        "submit",
                        "kill",
                        "tasks",
                        "task",
                        "agents",
                        "logs",
                        "status",
                        "explain",
                        "topics create",
                        "topics list",
                        "topics check",
                        "schemas export",
                        "replay",
                        "what-if",
                        "doctor",
                        "bench failover",
                        "bench lifecycle",
                        "bench packing",
                        "bench placement",
                        "bench release",
                        "bench replay",
                        "bench restore",
                        "scheduler",
                        "agent",
                        "sim-agents",
                        "pool set",
                        "pool show",
                        "role set",
                        "role remove",
                        "roles",
                        "plan",
                        "frameworks",
                        "framework show",
                        "framework teardown",
                        "offers",
                        "reserve",
                        "unreserve");
    }
}
