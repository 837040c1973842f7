package dev.millrace.agent.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts shims: each in a session of its own, with nothing of this process but a place to complain to. */
final class ShimLauncher {
    private static final Logger log = LoggerFactory.getLogger(ShimLauncher.class);
    private static final File NOTHING = new File("/dev/null");

    static {
        // The JDK's default way starts a helper program for each process, which costs as much as the shim itself. The
        // alternative went out of
        // favour later, so newer JDKs keep their default. The JDK looks at the property when it starts its first
        // process.
        String property = "jdk.lang.Process.launchMechanism";
        if (System.getProperty(property) == null && Runtime.version().feature() <= 25) {
            System.setProperty(property, "VFORK");
        }
    }

    private final List<String> command = new ArrayList<>();

    /**
     * @param launcher a command that puts itself into a new session and becomes what its arguments say
     * @throws IOException if there is no such program
     */
    ShimLauncher(List<String> launcher, String searchPath) throws IOException {
        Path program = Programs.find(launcher.get(0), searchPath, Path.of("/"))
                .orElseThrow(() -> new IOException("agents need the program " + launcher.get(0)
                        + ", and it is not in PATH=" + searchPath + "; setsid is part of util-linux"));
        Programs.find("env", searchPath, Path.of("/")).ifPresent(this::resetSignals);
        command.add(program.toString());
        command.addAll(launcher.subList(1, launcher.size()));
        command.add("/bin/sh");
    }

    /**
     * Children inherit which signals are blocked, as the JVM blocks SIGQUIT, and which are ignored, as SIGHUP is for an agent that was
     * started by {@code nohup}. A shell cannot undo that for what it starts; GNU's {@code env} can, since version 8.31.
     */
    private void resetSignals(Path env) {
        List<String> words = List.of(env.toString(), "--default-signal");
        List<String> probe = new ArrayList<>(words);
        probe.add("true");
        try {
            Process process = new ProcessBuilder(probe)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor() == 0) {
                command.addAll(words);
                return;
            }
        } catch (IOException e) {
            log.debug("cannot try {}", words, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.info(
                "tasks run with SIGQUIT blocked and with the signals ignored that the agent ignores, because this machine's env"
                        + " cannot change that");
    }

    /** Starts the shim of an attempt. */
    Process start(AttemptFiles files) throws IOException {
        List<String> words = new ArrayList<>(command);
        words.add(files.script().toString());
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(files.directory().toFile())
                .redirectInput(NOTHING)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(files.messages().toFile()))
                .redirectErrorStream(true);
        builder.environment().clear();
        return builder.start();
    }
}
