package dev.millrace.chaos.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One line that a task wrote about itself, past all that Millrace does.
 *
 * @param end true = it came to its end; false = it started
 * @param task the task
 * @param attempt the attempt
 * @param pid its process
 * @param agent the agent that started it
 * @param exitCode what it was going to exit with; 0 at a start
 */
public record Witness(boolean end, String task, int attempt, long pid, String agent, int exitCode) {
    private static final String START = "start";
    private static final String END = "end";
    private static final int FIELDS = 6;

    /** A shell line that writes the two lines, and runs and exits in between as it is told by its arguments. */
    public static String shell(String seconds, String exitCode) {
        String line = "\"$MILLRACE_TASK_ID $MILLRACE_ATTEMPT $$ $MILLRACE_AGENT_ID";
        return "echo " + START + " " + line + " 0\" >>\"$WITNESSES\"; sleep " + seconds + "; code=" + exitCode
                + "; echo " + END + " " + line + " $code\" >>\"$WITNESSES\"; exit $code";
    }

    /** The lines of a file; one that is not whole is left out. */
    public static List<Witness> parse(List<String> lines) {
        List<Witness> witnesses = new ArrayList<>();
        lines.forEach(line -> parse(line).ifPresent(witnesses::add));
        return witnesses;
    }

    private static Optional<Witness> parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length != FIELDS) {
            return Optional.empty();
        }
        return Optional.of(new Witness(
                fields[0].equals(END),
                fields[1],
                Integer.parseInt(fields[2]),
                Long.parseLong(fields[3]),
                fields[4],
                Integer.parseInt(fields[5])));
    }

    /** Which attempt it is about. */
    String attemptName() {
        return task + "@" + attempt;
    }
}
