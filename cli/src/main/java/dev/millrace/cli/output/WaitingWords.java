package dev.millrace.cli.output;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.Veto;
import java.util.List;
import java.util.stream.Collectors;

/** Why tasks wait, in words. */
public final class WaitingWords {
    private WaitingWords() {}

    /** What keeps them waiting, as a sentence; with a colon at its end if there are {@link #vetoes} to follow it. */
    public static String reason(PendingExplained explained) {
        var words = words(explained);
        return words.endsWith(":") && explained.getVetoes().isEmpty()
                ? words.substring(0, words.length() - 1) + "."
                : words;
    }

    private static String words(PendingExplained explained) {
        return switch (explained.getKind()) {
            case NO_AGENTS -> "The pool has no active agent.";
            case NO_AGENT_MEETS_CONSTRAINTS -> "No agent meets its constraints, however empty:";
            case NO_AGENT_LARGE_ENOUGH -> "No agent that meets its constraints is large enough, however empty:";
            case WAITS_FOR_RESOURCES -> "It waits for room: agents that would do are too full at the moment:";
            case ROLE_LIMIT -> "It would take role " + subject(explained, explained.getRole()) + " above its limit.";
            case GANG_INCOMPLETE -> "It waits for members of its gang that have not come yet.";
            case GANG_WAITS -> "Its gang is complete, and there is not room for all of it:";
            case RESERVED_FOR_OTHERS -> "There would be room for it, but that is reserved for other roles:";
            case HELD_FOR_ANOTHER ->
                "There would be room for it, but that is held for " + subject(explained, "a task")
                        + ", which has waited longer:";
            case PREEMPTING -> "Tasks that give way to it are ending" + on(explained) + ".";
            case HOLDS_AGENT ->
                "Agent " + subject(explained, "(unnamed)") + " is held for it until enough tasks there have ended.";
            case NEARNESS -> "No agent with room is near, or far from, other tasks as it must be:";
            case TURN_TO_COME -> "There is room for it, and it has not been its turn yet.";
            case OFFERED_TO_FRAMEWORKS ->
                "There would be room for it, but it is offered to frameworks that have not answered yet.";
            case PENDING_UNKNOWN -> "The scheduler gives a reason that this version does not know.";
        };
    }

    private static String subject(PendingExplained explained, String otherwise) {
        return explained.getSubject().isEmpty() ? otherwise : explained.getSubject();
    }

    private static String on(PendingExplained explained) {
        return explained.getSubject().isEmpty() ? "" : " on agent " + explained.getSubject();
    }

    /** What excludes how many agents, each cause by itself. */
    public static List<String> vetoes(PendingExplained explained) {
        return explained.getVetoes().stream()
                .map(veto -> veto(veto, explained.getAgentsActive()))
                .toList();
    }

    /** All of it in one line. */
    public static String line(PendingExplained explained) {
        var vetoes = vetoes(explained).stream().collect(Collectors.joining("; "));
        return vetoes.isEmpty() ? reason(explained) : reason(explained) + " " + vetoes + ".";
    }

    private static String veto(Veto veto, int agentsActive) {
        var agents = veto.getAgents() + " of " + agentsActive + (agentsActive == 1 ? " agent" : " agents");
        var have = veto.getAgents() == 1 ? " has" : " have";
        var are = veto.getAgents() == 1 ? " is" : " are";
        return switch (veto.getCause()) {
            case VETO_CONSTRAINT -> "the constraint " + veto.getSubject() + " excludes " + agents;
            case VETO_TOO_SMALL -> agents + have + " less " + veto.getSubject() + " in all than it needs";
            case VETO_TOO_FULL -> agents + have + " less " + veto.getSubject() + " free than it needs";
            case VETO_TASK_LIMIT ->
                agents + have + " as many tasks as " + (veto.getAgents() == 1 ? "it may" : "they may");
            case VETO_RESERVED -> agents + have + " " + veto.getSubject() + " free that is reserved for other roles";
            case VETO_HELD -> agents + are + " held for " + veto.getSubject();
            case VETO_AFFINITY -> agents + are + " excluded by other tasks: it must be " + veto.getSubject();
            case VETO_SPREAD -> agents + have + " a " + veto.getSubject() + " with its share of such tasks";
            case VETO_PORTS -> "port " + veto.getSubject() + " is not free on " + agents;
            case VETO_GPU_DEVICES -> agents + have + " free parts of GPUs on too many devices";
            case VETO_OFFERED -> agents + have + " free " + veto.getSubject() + " that is offered to frameworks";
            case VETO_UNKNOWN -> agents + are + " excluded by " + veto.getSubject();
        };
    }
}
