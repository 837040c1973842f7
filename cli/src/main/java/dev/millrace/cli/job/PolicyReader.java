package dev.millrace.cli.job;

import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads what follows a task's end, and what becomes of it when its agent can't be reached. */
public final class PolicyReader {
    private static final int MAX_ATTEMPTS = 1_000_000;
    private static final long MAX_DELAY_MS = 86_400_000;

    private static final Map<String, RestartMode> RESTART_MODES = new TreeMap<>(
            Map.of("never", RestartMode.NEVER, "on-failure", RestartMode.ON_FAILURE, "always", RestartMode.ALWAYS));
    private static final Map<String, UnreachableAction> UNREACHABLE_ACTIONS =
            new TreeMap<>(Map.of("replace", UnreachableAction.REPLACE, "wait", UnreachableAction.WAIT));

    private static final RestartPolicy RESTART_DEFAULT =
            RestartPolicy.newBuilder().build();
    private static final UnreachablePolicy UNREACHABLE_DEFAULT =
            UnreachablePolicy.newBuilder().build();

    private PolicyReader() {}

    /** The restart mode of that name; refused by an {@link IllegalArgumentException}. */
    public static RestartMode restartMode(String text) {
        return named(text, RESTART_MODES);
    }

    /** A policy of that mode with what goes for the rest where nothing else is said: a service is restarted for ever. */
    public static RestartPolicy restartPolicy(RestartMode mode) {
        return RestartPolicy.newBuilder()
                .setMode(mode)
                .setAttempts(defaultAttempts(mode))
                .build();
    }

    static Optional<RestartPolicy> restart(Mapping task) {
        return task.mapping("restart").map(restart -> {
            if (!restart.has("policy")) {
                restart.fault("policy", "'restart' has no 'policy'; write never, on-failure or always");
            }
            var mode = restart.parsed("policy", PolicyReader::restartMode).orElse(RestartMode.ON_FAILURE);
            var attempts = restart.integer("attempts", 0, MAX_ATTEMPTS).orElse(defaultAttempts(mode));
            long delayMs = restart.parsed("delay", PolicyReader::delayMs).orElse(RESTART_DEFAULT.getDelayMs());
            long maxDelayMs = restart.parsed("maxDelay", PolicyReader::delayMs)
                    .orElse(Math.max(delayMs, RESTART_DEFAULT.getMaxDelayMs()));
            if (maxDelayMs < delayMs) {
                restart.fault("maxDelay", "'maxDelay' is shorter than 'delay'");
            }
            restart.refuseOthers(Set.of());
            return new RestartPolicy(mode, attempts, delayMs, maxDelayMs);
        });
    }

    static Optional<UnreachablePolicy> unreachable(Mapping task) {
        return task.mapping("unreachable").map(unreachable -> {
            var action = unreachable
                    .parsed("action", text -> named(text, UNREACHABLE_ACTIONS))
                    .orElse(UNREACHABLE_DEFAULT.getAction());
            var timeoutMs =
                    unreachable.parsed("timeout", Quantities::millis).orElse(UNREACHABLE_DEFAULT.getTimeoutMs());
            if (action == UnreachableAction.WAIT && unreachable.has("timeout")) {
                unreachable.fault("timeout", "'timeout' has no meaning with action wait, which waits for ever");
            }
            unreachable.refuseOthers(Set.of());
            return new UnreachablePolicy(action, timeoutMs);
        });
    }

    private static int defaultAttempts(RestartMode mode) {
        return mode == RestartMode.ALWAYS ? 0 : RESTART_DEFAULT.getAttempts();
    }

    private static long delayMs(String text) {
        long millis = Quantities.millis(text);
        if (millis > MAX_DELAY_MS) {
            throw new IllegalArgumentException("may be 24h at the most");
        }
        return millis;
    }

    private static <T> T named(String text, Map<String, T> names) {
        var value = names.get(text);
        if (value == null) {
            var meant = Suggestion.forWord(text, names.keySet())
                    .map(word -> "; did you mean '" + word + "'?")
                    .orElse("; it is one of " + String.join(", ", names.keySet()));
            throw new IllegalArgumentException("unknown word '" + text + "'" + meant);
        }
        return value;
    }
}
