package dev.millrace.chaos.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A file system of a few MiB in memory, which can be filled and emptied again. Any thread may use it. */
public final class SmallDisk {
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
        } catch (IOException e) {
            if (root.toFile().getUsableSpace() > 0) {
                throw e;
            }
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
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
