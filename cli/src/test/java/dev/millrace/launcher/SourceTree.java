package dev.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A source tree with the launcher, in which all is built, and a JDK that only notes what it is to do: one line a call. Asked for an archive
 * of classes it writes some file.
 */
final class SourceTree {
    private static final String JAVA = """
            #!/bin/sh
            echo "$@" >>"%1$s/calls"
            for option in "$@"; do
              case $option in
                -XX:ArchiveClassesAtExit=*)
                  [ ! -e "%1$s/no-archives" ] || exit 1
                  while [ -e "%1$s/held-archives" ]; do sleep 0.1; done
                  echo classes >"${option#*=}"
                  ;;
              esac
            done
            """;

    private final Path root;
    private final Path jdk;

    SourceTree(Path directory) throws IOException {
        root = Files.createDirectories(directory.resolve("tree"));
        jdk = directory.resolve("jdk");
        Files.createDirectories(root.resolve(".mvn"));
        Files.createDirectories(root.resolve("cli/src/main"));
        Files.writeString(root.resolve("pom.xml"), "");
        Files.writeString(root.resolve("cli/pom.xml"), "");
        Files.copy(Path.of("..", "millrace"), root.resolve("millrace"), StandardCopyOption.COPY_ATTRIBUTES);
        build();
        makeJdk(directory);
    }

    /** Does as if a source had changed and everything had been built anew. */
    void build() throws IOException {
        var launcher = Files.createDirectories(root.resolve("cli/target/launcher"));
        var jar = Files.writeString(root.resolve("cli/target/millrace.jar"), "");
        Files.writeString(launcher.resolve("jar"), jar + "\n");
        Files.writeString(launcher.resolve("classpath"), jar.toString());
        Files.writeString(launcher.resolve("built"), "");
    }

    private void makeJdk(Path directory) throws IOException {
        var bin = Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
        var java = Files.writeString(bin.resolve("java"), JAVA.formatted(directory));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectories(libjvm().getParent());
        Files.writeString(libjvm(), "");
    }

    /** Does as if the JDK had been replaced by a newer one of the same place. */
    void updateJdk() throws IOException {
        Files.setLastModifiedTime(libjvm(), FileTime.from(Instant.EPOCH));
    }

    /** From now on, whoever asks for an archive of classes fails. */
    void refuseArchives() throws IOException {
        Files.writeString(root.resolveSibling("no-archives"), "");
    }

    /** From now on, whoever asks for an archive of classes waits for it. */
    void holdArchives() throws IOException {
        Files.writeString(heldArchives(), "");
    }

    /** Ends that. */
    void letGoOfArchives() throws IOException {
        Files.delete(heldArchives());
    }

    /** Types a command line; what it writes goes to a file. */
    Process start(List<String> javaOptions, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(root.resolve("millrace").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said().toFile());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().put("MILLRACE_JAVA_OPTS", String.join(" ", javaOptions));
        return builder.start();
    }

    /** Types a command line, and returns the call of the JVM that it ended in. */
    String type(String... arguments) throws IOException, InterruptedException {
        int code = start(List.of("-Dlast=option"), arguments).waitFor();
        if (code != 0) {
            throw new AssertionError("the launcher ended with " + code + ": " + Files.readString(said()));
        }
        var end = " dev.millrace.cli.MillraceMain " + String.join(" ", arguments);
        var mine = calls().stream().filter(call -> call.endsWith(end)).toList();
        return mine.get(mine.size() - 1);
    }

    /** The calls of the JVM so far. */
    List<String> calls() throws IOException {
        var calls = root.resolveSibling("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    /** How often the JVM was asked for an archive. */
    long rehearsals() throws IOException {
        return calls().stream()
                .filter(call -> call.endsWith(" dev.millrace.cli.RehearsalMain"))
                .count();
    }

    /** Where the archive of the last build's classes is, if there is one. */
    Path archive() throws IOException {
        return root.resolve("cli/target/launcher/app").toRealPath().resolve("classes.jsa");
    }

    /** What the making of archives has left beside the jars. */
    List<Path> leftOfRehearsals() throws IOException {
        try (var files = Files.list(archive().getParent())) {
            return files.filter(file -> file.getFileName().toString().startsWith("rehearsal-"))
                    .toList();
        }
    }

    private Path heldArchives() {
        return root.resolveSibling("held-archives");
    }

    private Path libjvm() {
        return jdk.resolve("lib/server/libjvm.so");
    }

    private Path said() {
        return root.resolveSibling("said");
    }
}
