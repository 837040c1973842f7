package dev.millrace.cli.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.function.Consumer;

/** Finds what temporary clusters left whose processes were killed before they could remove it, and removes it: their tasks and their files. */
final class AbandonedClusters {
    private final Path parent;
    private final String prefix;
    private final UserPrincipal owner;
    private final Consumer<String> complaints;

    /** Of the clusters of that user in directories of that one whose names begin so. */
    AbandonedClusters(Path parent, String prefix, UserPrincipal owner, Consumer<String> complaints) {
        this.parent = parent;
        this.prefix = prefix;
        this.owner = owner;
        this.complaints = complaints;
    }

    void remove() throws InterruptedException {
        try (var directories = Files.newDirectoryStream(parent, prefix + "*")) {
            for (var directory : directories) {
                if (isOurs(directory)) {
                    remove(directory);
                }
            }
        } catch (IOException e) {
            // They lie in nobody's way.
            complaints.accept("cannot look for what earlier runs left in " + parent + ": " + e.getMessage());
        }
    }

    private boolean isOurs(Path directory) throws IOException {
        return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).equals(owner)
                // Without a broker it may be one that is just being made, and not held yet.
                && ClusterDirectory.hasBroker(directory);
    }

    private void remove(Path directory) throws InterruptedException {
        try {
            var held = ClusterDirectory.tryOpen(directory);
            if (held.isEmpty()) {
                return;
            }
            try (var abandoned = held.get()) {
                int ended = LocalCluster.endTasks(abandoned);
                if (ended > 0) {
                    complaints.accept("ended " + ended + (ended == 1 ? " task" : " tasks")
                            + " that a run which was killed had left behind");
                }
                var left = abandoned.remove();
                if (!left.isEmpty()) {
                    complaints.accept(
                            left.size() + " files of an earlier run could not be removed, such as " + left.get(0));
                }
            }
        } catch (IOException | LocalClusterException e) {
            complaints.accept("cannot remove what an earlier run left in " + directory + ": " + e.getMessage());
        }
    }
}
