package dev.millrace.cli.command;

import dev.millrace.cli.output.Terminal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What commands have of the process that they run in.
 *
 * @param terminal where they write
 * @param environment the environment variables
 * @param home the person's home directory
 * @param past the moment that is looked at; empty = the present
 */
public record CommandContext(Terminal terminal, Map<String, String> environment, Path home, Optional<PastState> past) {
    /** Names the cluster where no option does. */
    static final String BOOTSTRAP_SERVERS_VARIABLE = "MILLRACE_BOOTSTRAP_SERVERS";

    static final String HOME_VARIABLE = "MILLRACE_HOME";

    /** The context of commands that look at the present. */
    public CommandContext(Terminal terminal, Map<String, String> environment, Path home) {
        this(terminal, environment, home, Optional.empty());
    }

    /** The context of commands that look at that moment. */
    CommandContext at(PastState moment) {
        return new CommandContext(terminal, environment, home, Optional.of(moment));
    }

    /** The time that ages are reckoned from. */
    Instant now() {
        return past.map(PastState::wall).orElseGet(Instant::now);
    }

    /** Where the local cluster keeps its data unless an option says otherwise. */
    Path defaultDataDir() {
        var configured = environment.getOrDefault(HOME_VARIABLE, "");
        return configured.isEmpty() ? home.resolve(".millrace") : Path.of(configured);
    }

    /** The cluster that the environment names; empty if it names none. */
    String bootstrapServersOfEnvironment() {
        return environment.getOrDefault(BOOTSTRAP_SERVERS_VARIABLE, "").strip();
    }

    /** Who types, for people. */
    String principal() {
        return environment.getOrDefault("USER", environment.getOrDefault("LOGNAME", ""));
    }
}
