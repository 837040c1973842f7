package dev.millrace.agent.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The users of this machine, as its name service knows them: asked through {@code id}, since the JDK cannot ask for a group. */
final class Users {
    private final UserIds self;

    private Users(UserIds self) {
        this.self = self;
    }

    /** @throws IOException if it can't be found out who this process is */
    static Users detect() throws IOException {
        return new Users(new UserIds(id("-u"), id("-g")));
    }

    /** Whom this process runs as. */
    UserIds self() {
        return self;
    }

    /** May this process become somebody else? */
    boolean maySwitch() {
        return self.uid() == 0;
    }

    /**
     * The user of that name.
     *
     * @return empty if there is none
     * @throws IOException if it can't be found out
     */
    Optional<UserIds> find(String name) throws IOException {
        if (!isName(name)) {
            return Optional.empty();
        }
        int uid = id("-u", name);
        int gid = id("-g", name);
        return uid < 0 || gid < 0 ? Optional.empty() : Optional.of(new UserIds(uid, gid));
    }

    private static boolean isName(String name) {
        return !name.isEmpty() && name.charAt(0) != '-' && name.chars().allMatch(c -> c > ' ' && c < 127 && c != '/');
    }

    /** What {@code id} prints; -1 if it knows no such user. */
    private static int id(String... arguments) throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = "id";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        try {
            return process.waitFor() == 0 ? Integer.parseInt(output) : -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking id", e);
        } catch (NumberFormatException e) {
            throw new IOException("cannot understand what id says: " + output, e);
        }
    }
}
