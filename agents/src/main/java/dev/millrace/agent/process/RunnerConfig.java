package dev.millrace.agent.process;

import java.nio.file.Path;
import java.util.List;

/**
 * What a runner needs to know.
 *
 * @param workDir where it keeps its files; this runner's alone, on a local disk that knows hard links
 * @param pool the pool whose tasks it runs
 * @param agentId the agent it belongs to
 * @param path the PATH of tasks that bring none
 * @param launcher the command that the shim's shell is started with; it must put itself into a new session and then become what its
 *     arguments say
 * @param publishedBytes how much of each output stream is published at most; the files hold all of it
 * @param hidesGpus tasks that were given no GPU device must not see those of others
 * @param sandboxes how long ended attempts' files are kept
 */
public record RunnerConfig(
        Path workDir,
        String pool,
        String agentId,
        String path,
        List<String> launcher,
        long publishedBytes,
        boolean hidesGpus,
        SandboxPolicy sandboxes) {

    /** How much of each output stream is published if nothing else is said: 10 MiB. */
    public static final long DEFAULT_PUBLISHED_BYTES = 10L << 20;

    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** Checks what can be checked without looking at the machine. */
    public RunnerConfig {
        if (!workDir.isAbsolute()) {
            throw new IllegalArgumentException("the work directory must be an absolute path, not " + workDir);
        }
        if (launcher.isEmpty()) {
            throw new IllegalArgumentException("the launcher must be a command; setsid is the usual one");
        }
        if (publishedBytes < 0) {
            throw new IllegalArgumentException("publishedBytes is " + publishedBytes + ": must be 0 or more");
        }
        launcher = List.copyOf(launcher);
    }

    /** The usual settings, with this process' PATH. */
    public static RunnerConfig of(Path workDir, String pool, String agentId) {
        String path = System.getenv("PATH");
        return new RunnerConfig(
                workDir,
                pool,
                agentId,
                path == null || path.isEmpty() ? DEFAULT_PATH : path,
                List.of("setsid"),
                DEFAULT_PUBLISHED_BYTES,
                false,
                SandboxPolicy.DEFAULT);
    }

    /** The same over another directory. */
    public RunnerConfig withWorkDir(Path directory) {
        return new RunnerConfig(directory, pool, agentId, path, launcher, publishedBytes, hidesGpus, sandboxes);
    }

    /** The same with another launcher. */
    public RunnerConfig withLauncher(List<String> command) {
        return new RunnerConfig(workDir, pool, agentId, path, command, publishedBytes, hidesGpus, sandboxes);
    }

    /** The same with another limit to what is published of each stream. */
    public RunnerConfig withPublishedBytes(long bytes) {
        return new RunnerConfig(workDir, pool, agentId, path, launcher, bytes, hidesGpus, sandboxes);
    }

    /** The same, where tasks that were given no GPU device are, or are not, to see any. */
    public RunnerConfig withHiddenGpus(boolean hidden) {
        return new RunnerConfig(workDir, pool, agentId, path, launcher, publishedBytes, hidden, sandboxes);
    }

    /** The same with another policy for the files of ended attempts. */
    public RunnerConfig withSandboxes(SandboxPolicy policy) {
        return new RunnerConfig(workDir, pool, agentId, path, launcher, publishedBytes, hidesGpus, policy);
    }
}
