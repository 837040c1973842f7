package dev.millrace.cli.command;

import dev.millrace.client.ClusterConfig;
import dev.millrace.streams.replay.Replayer;
import dev.millrace.streams.replay.Snapshots;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the snapshots are that a replay may begin with. Mutable, for picocli fills it in. */
final class SnapshotsOption {
    @Option(
            names = "--snapshots",
            paramLabel = "DIR",
            description =
                    "A directory of snapshots (see millrace snapshot), so that not all has to be replayed, and what"
                            + " retention has removed need not be.")
    private @Nullable Path directory;

    /** The snapshots; empty if none are named, a failure if there is no such directory. */
    Optional<Snapshots> snapshots() {
        return Optional.ofNullable(directory).map(named -> new Snapshots(existing("--snapshots", named)));
    }

    /** The directory; a failure if there is none, for one that is mistyped is not one without snapshots. */
    static Path existing(String parameter, Path directory) {
        if (!Files.isDirectory(directory)) {
            throw CommandFailure.usage(parameter + ": there is no directory " + directory);
        }
        return directory;
    }

    Replayer replayer(ClusterConfig config) {
        return new Replayer(config.topics(), config.consumerProperties(), snapshots());
    }
}
