package dev.millrace.cli.command;

import dev.millrace.streams.replay.ReplayRange;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which stretch of the past a command is about. Mutable, for picocli fills it in. */
final class RangeOptions {
    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = Converters.Moment.class,
            description =
                    "Begin there or, where a replay leads there, at the newest snapshot before: 2026-03-01T08:00:00Z, or 10m"
                            + " for ten minutes ago (default: as early as possible).")
    private @Nullable Instant from;

    @Option(
            names = "--to",
            paramLabel = "TIME",
            converter = Converters.Moment.class,
            description = "End there (default: now).")
    private @Nullable Instant to;

    /** The stretch; a failure if it ends before it begins. */
    ReplayRange range() {
        try {
            return new ReplayRange(Optional.ofNullable(from), Optional.ofNullable(to));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--from and --to: " + e.getMessage());
        }
    }

    boolean isGiven() {
        return from != null || to != null;
    }
}
