package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.output.Human;
import dev.millrace.cli.output.Terminal;
import dev.millrace.cli.output.Words;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.core.Input;
import dev.millrace.core.Outbox;
import dev.millrace.core.Shard;
import dev.millrace.schemas.Topic;
import dev.millrace.state.PoolSettings;
import dev.millrace.state.SavedPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Keeps {@code docs/configuration.md} as the commands and the scheduler have it. */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");

    /** An option that more commands have than this is told of once. */
    private static final int FEW = 4;

    private final List<CommandSpec> commands = commands();
    private final Map<String, Integer> uses = uses();

    @Test
    void thePageIsFresh() throws IOException {
        if (Boolean.getBoolean("millrace.docs.write")) {
            Files.writeString(PAGE, page());
        }

        assertThat(PAGE)
                .as("write the page with: mvn -pl cli -am test -Dtest=ConfigurationPageTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.docs.write=true")
                .hasContent(page());
    }

    private String page() {
        var page = new StringBuilder("""
                # Configuration

                <!-- Made from the commands; do not edit. Write it anew with:
                     mvn -pl cli -am test -Dtest=ConfigurationPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.docs.write=true -->

                Processes are configured by the options of their commands. Policy is not: it is part of the log, so that a replay knows it, and
                it is changed by commands to the scheduler. There are no other configuration files than Kafka's own client properties.

                ## Environment

                | variable | what it does |
                |---|---|
                | `MILLRACE_HOME` | The local cluster's data directory, where `--data-dir` does not say otherwise; else it is `~/.millrace`. |
                | `MILLRACE_BOOTSTRAP_SERVERS` | The cluster's brokers, where `--bootstrap-server` does not say otherwise. |
                | `MILLRACE_JAVA_OPTS` | More options for the JVM, such as `-Xmx2g`. |
                | `JAVA_HOME` | The JDK that the launcher uses, if it is of 17 or later; else that of `java` on the `PATH`. |
                | `NO_COLOR` | If it is not empty, there are no colours; nor are there if `TERM` is `dumb`, or standard output is no terminal. |
                | `USER`, else `LOGNAME` | Who asks, as requests say it for people. |

                ## Exit codes

                | code | meaning |
                |---|---|
                | 0 | Done; with `run`: every task finished. |
                | 1 | Not done; with `run`: some task did not finish. |
                | 2 | The command line or the job file is wrong. |
                | 3 | The launcher could not get as far as starting Millrace; `agent`: the scheduler refused it. |
                | 130 | Interrupted: `run` and `bench lifecycle` by Ctrl-C, SIGTERM or SIGHUP. |

                ## A pool's settings

                A pool gets these at its first input, and keeps them until `millrace pool set POOL` changes them.

                """);
        poolSettings(page);
        page.append("\n## Options of many commands\n\n");
        table(
                page,
                commands.stream()
                        .flatMap(command -> command.options().stream())
                        .filter(this::isShared)
                        .collect(Collectors.toMap(
                                ConfigurationPageTest::identity, o -> o, (a, b) -> a, LinkedHashMap::new))
                        .values()
                        .stream()
                        .toList());
        page.append("\n## Commands\n");
        commands.forEach(command -> command(page, command));
        return page.toString();
    }

    private static void poolSettings(StringBuilder page) {
        var defaults = defaults();
        var values = Map.ofEntries(
                Map.entry("--heartbeat-interval", time(defaults.getHeartbeatIntervalMs())),
                Map.entry("--lease", time(defaults.getLeaseMs())),
                Map.entry("--unreachable-timeout", time(defaults.getUnreachableTimeoutMs())),
                Map.entry("--ended-horizon", time(defaults.getEndedHorizonMs())),
                Map.entry("--ended-horizon-tasks", Integer.toString(defaults.getEndedHorizonTasks())),
                Map.entry("--max-tasks-per-agent", Integer.toString(defaults.getMaxTasksPerAgent())),
                Map.entry("--placement", Words.of(defaults.getPlacement())),
                Map.entry("--preemption", defaults.getPreemption() ? "on" : "off"),
                Map.entry("--preemption-gap", Integer.toString(defaults.getPreemptionGap())),
                Map.entry("--reclaim-delay", time(defaults.getReclaimDelayMs())),
                Map.entry("--hold-after", time(defaults.getHoldAfterMs())),
                Map.entry("--gang-hold", time(defaults.getGangHoldMs())),
                Map.entry("--offer-timeout", time(defaults.getOfferTimeoutMs())),
                Map.entry("--min-offer-cpus", Human.milli(defaults.getMinOfferCpuMillis())),
                Map.entry("--min-offer-memory", Human.mib(defaults.getMinOfferMemMib())),
                Map.entry("--framework-calls-per-second", Integer.toString(defaults.getFrameworkCallsPerSecond())),
                Map.entry("--agent-losses-per-minute", Integer.toString(defaults.getAgentLossesPerMinute())));
        page.append("| option | at first | what it is |\n|---|---|---|\n");
        for (var option : root().getSubcommands()
                .get("pool")
                .getSubcommands()
                .get("set")
                .getCommandSpec()
                .options()) {
            if (values.containsKey(option.longestName())) {
                page.append("| ").append(names(option)).append(" | ").append(values.get(option.longestName()));
                page.append(" | ").append(text(option)).append(" |\n");
            }
        }
    }

    /** What the scheduler writes for a pool when it first hears of it. */
    private static PoolSettings defaults() {
        var shard = new Shard(0, 1);
        shard.restored();
        var out = new Outbox();
        var nothing = ConfigurePool.newBuilder().setPool("default").build();
        shard.on(new Input(Topic.OPERATOR_CMDS, 1, nothing), out);
        return out.changes().stream()
                .filter(change -> change.value() instanceof SavedPool)
                .map(change -> ((SavedPool) change.value()).getSettings())
                .findFirst()
                .orElseThrow();
    }

    private static String time(long millis) {
        return Human.duration(Duration.ofMillis(millis))
                .replace(".0s", "s")
                .replace("m00s", "m")
                .replace("h00m", "h");
    }

    private void command(StringBuilder page, CommandSpec command) {
        page.append("\n### ").append(command.qualifiedName()).append("\n\n");
        page.append(String.join("\n", command.usageMessage().description())).append("\n\n");
        var own = new ArrayList<ArgSpec>(command.positionalParameters());
        command.options().stream().filter(option -> !isShared(option)).forEach(own::add);
        if (!own.isEmpty()) {
            table(page, own);
        }
        var shared = command.options().stream()
                .filter(this::isShared)
                .filter(option -> !option.longestName().equals("--help")
                        && !option.longestName().equals("--verbose"))
                .map(option -> "`" + option.longestName() + "`")
                .collect(Collectors.joining(", "));
        if (!shared.isEmpty()) {
            page.append(own.isEmpty() ? "" : "\n")
                    .append("Also: ")
                    .append(shared)
                    .append(".\n");
        }
    }

    private static void table(StringBuilder page, List<? extends ArgSpec> arguments) {
        page.append("| | |\n|---|---|\n");
        for (var argument : arguments) {
            page.append("| ")
                    .append(names(argument))
                    .append(" | ")
                    .append(text(argument))
                    .append(" |\n");
        }
    }

    private static String names(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return "`" + argument.paramLabel().replace("|", "\\|") + "`";
        }
        var names =
                List.of(option.names()).stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        return option.arity().max() == 0 ? names : names + " `" + option.paramLabel() + "`";
    }

    private static String text(ArgSpec argument) {
        var text = String.join(" ", argument.description());
        var value = argument.defaultValue();
        return (value == null ? text : text.replace("${DEFAULT-VALUE}", value)).replace("|", "\\|");
    }

    private boolean isShared(OptionSpec option) {
        return uses.getOrDefault(identity(option), 0) > FEW;
    }

    private Map<String, Integer> uses() {
        var counts = new HashMap<String, Integer>();
        commands.forEach(
                command -> command.options().forEach(option -> counts.merge(identity(option), 1, Integer::sum)));
        return counts;
    }

    private static String identity(OptionSpec option) {
        return option.longestName() + ": " + text(option);
    }

    /** Those that do something, not those that are only the name of a group. */
    private static List<CommandSpec> commands() {
        var commands = new ArrayList<CommandSpec>();
        collect(root(), commands);
        return commands;
    }

    private static void collect(CommandLine command, List<CommandSpec> commands) {
        if (command.getSubcommands().isEmpty()) {
            commands.add(command.getCommandSpec());
        }
        command.getSubcommands().values().forEach(subcommand -> collect(subcommand, commands));
    }

    private static CommandLine root() {
        return Commands.create(new CommandContext(Terminal.plain(System.out, System.err), Map.of(), Path.of("target")));
    }
}
