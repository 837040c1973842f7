package dev.millrace.cli.command;

import java.util.HashSet;
import java.util.Set;
import picocli.CommandLine.Option;

/** The inbound topics that were made anew and that somebody takes upon himself to read from their beginnings. Mutable, for picocli fills it in. */
final class AcceptTopicsOption {
    @Option(
            names = "--accept-topic-id",
            paramLabel = "ID",
            description =
                    "The id of an inbound topic that was deleted and made anew and is to be read from its beginning;"
                            + " repeatable.")
    private Set<String> ids = new HashSet<>();

    Set<String> ids() {
        return Set.copyOf(ids);
    }
}
