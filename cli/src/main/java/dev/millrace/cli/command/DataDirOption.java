package dev.millrace.cli.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the local cluster keeps its data. Mutable, for picocli fills it in. */
final class DataDirOption {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "The local cluster's data directory (default: $MILLRACE_HOME, else ~/.millrace).")
    private @Nullable Path dataDir;

    Path of(CommandContext context) {
        return dataDir == null ? context.defaultDataDir() : dataDir;
    }
}
