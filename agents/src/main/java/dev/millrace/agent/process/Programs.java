package dev.millrace.agent.process;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Finds programs as a shell does. */
final class Programs {
    private Programs() {}

    /**
     * The file that a command names.
     *
     * @param name a path if it has a slash, else to be looked for in the search path
     * @param searchPath directories, separated by colons
     * @param workingDirectory what relative paths are relative to
     * @return empty if there is no such file, or none that may be executed
     * @throws InvalidPathException if the JVM's locale has no way to write the name
     */
    static Optional<Path> find(String name, String searchPath, Path workingDirectory) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        if (name.indexOf('/') >= 0) {
            return executable(workingDirectory.resolve(name));
        }
        for (String directory : searchPath.split(":", -1)) {
            Optional<Path> found =
                    executable(workingDirectory.resolve(directory).resolve(name));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> executable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file) ? Optional.of(file) : Optional.empty();
    }
}
