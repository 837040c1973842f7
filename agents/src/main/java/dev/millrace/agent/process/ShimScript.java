package dev.millrace.agent.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the shell script that is an attempt's shim. Each attempt has a script of its own, with all its words in it, because nothing but the
 * script's name then has to pass through the JVM's character set and the shell's environment.
 *
 * <p>The script runs in the attempt's directory as the leader of a session of its own. It forks once. The child notes both processes, takes the
 * claim, and becomes the program; whatever can fail comes before the claim. The parent waits, notes the exit status, and ends with all that is
 * left of its process group, itself included. It executes no other program, because each costs a ms.
 *
 * <p>Things that are not obvious:
 *
 * <ul>
 *   <li>The traps make that a task which signals its own process group does not end its shim. They do nothing, rather than to ignore the
 *       signals, since the child would inherit that.
 *   <li>The child is not started with {@code &}, because a shell without job control lets such children ignore SIGINT and SIGQUIT for good.
 *   <li>{@code set -C} makes {@code >} refuse a file that exists, by O_EXCL.
 *   <li>Beside the exit status stands how long the machine had been up, from which an agent that comes later tells the task's session from
 *       another that was given the same number since.
 *   <li>The exit status is not renamed into place, which would need a program: a reader takes it for whole once its line is ended. It is written
 *       over blanks that the agent put there ({@code 1<>} does not empty the file), for which there is room on a full disk too.
 * </ul>
 */
final class ShimScript {
    /** Names that mean something to one shell or another, so that assigning to them fails or does something else. */
    private static final Set<String> SHELL_VARIABLES = Set.of(
            "BASHOPTS",
            "BASH_ARGC",
            "BASH_ARGV",
            "BASH_LINENO",
            "BASH_SOURCE",
            "BASH_VERSINFO",
            "DIRSTACK",
            "EUID",
            "FUNCNAME",
            "GROUPS",
            "IFS",
            "LINENO",
            "OLDPWD",
            "OPTARG",
            "OPTIND",
            "PPID",
            "PWD",
            "RANDOM",
            "SECONDS",
            "SHELLOPTS",
            "SHLVL",
            "UID",
            "_");

    private final Path setpriv;
    private final Path env;

    /**
     * @param setpriv the program that becomes another user
     * @param env the program that sets variables which no shell can
     */
    ShimScript(Path setpriv, Path env) {
        this.setpriv = setpriv;
        this.env = env;
    }

    /** The script; it has to be executed in the attempt's directory. */
    String text(AttemptId id, TaskCommand command) {
        return """
                # The shim of %s: starts it at most once, and notes how it ends.
                trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM
                read -r shim </proc/self/stat || exit
                (
                read -r task </proc/self/stat || exit
                read -r boot </proc/sys/kernel/random/boot_id || exit
                echo "$shim
                $task
                $boot" >started || exit
                cd sandbox || exit
                set -C
                true >../claim || exit
                unset OLDPWD SHLVL
                %sexec %s >>../stdout 2>>../stderr
                )
                code="$?"
                read -r uptime idle </proc/uptime
                echo "$code $uptime" 1<>../../ends/%s
                kill -KILL 0
                """.formatted(id, exports(command), words(command), quoted(id.fileName()));
    }

    private static String exports(TaskCommand command) {
        return command.environment().entrySet().stream()
                .filter(variable -> canExport(variable.getKey()))
                .map(variable -> "export " + variable.getKey() + "=" + quoted(variable.getValue()) + "\n")
                .collect(Collectors.joining());
    }

    private String words(TaskCommand command) {
        List<String> words = new ArrayList<>();
        UserIds user = command.user();
        if (user != null) {
            words.add(setpriv.toString());
            words.add("--reuid=" + user.uid());
            words.add("--regid=" + user.gid());
            words.add("--init-groups");
            words.add("--");
        }
        List<String> assignments = command.environment().entrySet().stream()
                .filter(variable -> !canExport(variable.getKey()))
                .map(ShimScript::assignment)
                .collect(Collectors.toList());
        if (!assignments.isEmpty()) {
            words.add(env.toString());
            words.addAll(assignments);
        }
        words.addAll(command.argv());
        return words.stream().map(ShimScript::quoted).collect(Collectors.joining(" "));
    }

    private static String assignment(Map.Entry<String, String> variable) {
        return variable.getKey() + "=" + variable.getValue();
    }

    private static boolean canExport(String name) {
        return !SHELL_VARIABLES.contains(name)
                && name.chars().allMatch(ShimScript::isNameCharacter)
                && !Character.isDigit(name.charAt(0));
    }

    private static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
