package dev.millrace.cli.output;

import dev.millrace.contract.AgentState;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.TaskState;

/** Colours for those who see them: good is green, under way is cyan, bad is red, waiting is yellow. */
public enum Style {
    PLAIN,
    COLOURED;

    private static final String RESET = "\u001b[0m";
    private static final String RED = "\u001b[31m";
    private static final String GREEN = "\u001b[32m";
    private static final String YELLOW = "\u001b[33m";
    private static final String CYAN = "\u001b[36m";
    private static final String GREY = "\u001b[90m";

    /** The state's name without its prefix, which says nothing among other states. */
    public String state(TaskState state) {
        return coloured(colour(state), Words.bare(state));
    }

    /** The state's name without its prefix. */
    public String state(AgentState state) {
        var colour = switch (state) {
            case AGENT_ACTIVE -> GREEN;
            case AGENT_UNREACHABLE -> YELLOW;
            case AGENT_REMOVED, AGENT_UNKNOWN -> RED;
        };
        return coloured(colour, Words.bare(state));
    }

    /** The state's name without its prefix. */
    public String state(FrameworkState state) {
        var colour = switch (state) {
            case FRAMEWORK_ACTIVE -> GREEN;
            case FRAMEWORK_DISCONNECTED -> YELLOW;
            case FRAMEWORK_TEARDOWN, FRAMEWORK_REMOVED, FRAMEWORK_UNKNOWN -> RED;
        };
        return coloured(colour, Words.bare(state));
    }

    /** What is of less weight. */
    public String faint(String text) {
        return coloured(GREY, text);
    }

    public String bad(String text) {
        return coloured(RED, text);
    }

    public String good(String text) {
        return coloured(GREEN, text);
    }

    /** What is not yet bad. */
    public String waiting(String text) {
        return coloured(YELLOW, text);
    }

    /** How many columns a text takes, without its colours. */
    static int width(String text) {
        int width = 0;
        boolean escape = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (escape) {
                escape = c != 'm';
            } else if (c == '\u001b') {
                escape = true;
            } else if (!Character.isLowSurrogate(c)) {
                width++;
            }
        }
        return width;
    }

    private String coloured(String colour, String text) {
        return this == PLAIN ? text : colour + text + RESET;
    }

    private static String colour(TaskState state) {
        return switch (state) {
            case TASK_FINISHED -> GREEN;
            case TASK_STAGING, TASK_STARTING, TASK_RUNNING -> CYAN;
            case TASK_QUEUED, TASK_KILLING, TASK_UNREACHABLE -> YELLOW;
            case TASK_FAILED,
                    TASK_KILLED,
                    TASK_ERROR,
                    TASK_LOST,
                    TASK_DROPPED,
                    TASK_GONE,
                    TASK_GONE_BY_OPERATOR,
                    TASK_UNKNOWN -> RED;
        };
    }
}
