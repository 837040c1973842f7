package dev.millrace.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A task that says so, writes down its process, and runs until it is let go or killed. */
final class HeldTask {
    private final Path pid;
    private final Path go;

    /** A task whose files are in that directory. */
    HeldTask(Path directory) {
        this.pid = directory.resolve("pid");
        this.go = directory.resolve("go");
    }

    /** What it runs, as a line for the shell. */
    String command() {
        return "echo held; echo $$ >" + pid + "; until [ -e " + go + " ]; do sleep 0.1; done";
    }

    /** The same, but SIGTERM does not end it. */
    String stubbornCommand() {
        return "trap '' TERM; " + command();
    }

    void letGo() throws IOException {
        if (!Files.exists(go)) {
            Files.createFile(go);
        }
    }

    boolean hasStarted() throws IOException {
        return Files.exists(pid) && !Files.readString(pid).isBlank();
    }

    /** Tells whether its process is there, and is more than an entry that nobody has taken notice of. */
    boolean isRunning() throws IOException {
        var stat = Path.of("/proc", Files.readString(pid).strip(), "stat");
        try {
            var text = Files.readString(stat);
            return text.charAt(text.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }
}
