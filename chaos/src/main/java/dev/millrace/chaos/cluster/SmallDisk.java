package dev.millrace.chaos.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file system of a few MiB in memory, which can be filled and emptied again. Any thread may use it. */
public final class SmallDisk {
    private static final Logger LOG = LoggerFactory.getLogger(SmallDisk.class);
    private static final long TIMEOUT_S = 10;
    private static final int BLOCK_BYTES = 4096;

    private final Path root;

    private SmallDisk(Path root) {
        this.root = root;
    }

    /** Mounts one at an empty directory; empty if this process may not. */
    static Optional<SmallDisk> mount(Path root, int mib) throws IOException {
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "millrace-chaos", root.toString());
        return mounted ? Optional.of(new SmallDisk(root)) : Optional.empty();
    }

    /** Unmounts what is mounted there, also while somebody uses it. */
    static void unmount(Path root) throws IOException {
        run("umount", "-l", root.toString());
    }

    Path root() {
        return root;
    }

    /** Leaves no room. */
    void fill() throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (root.toFile().getUsableSpace() > 0) {
                out.write(block);
            }
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            // There is no room left, which is what was wanted; whoever uses the disk may have given some back since.
            LOG.debug("{} is full", root, e);
        }
    }

    /** Gives the room back. */
    void empty() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return root.resolve("filler");
    }

    private static boolean run(String... command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            LOG.info("{} can't be run here: {}", command[0], e.getMessage());
            return false;
        }
        try {
            return process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
