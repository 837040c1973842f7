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
        return switch (explained.getKind()) {
            case NO_AGENTS -> "The pool has no active agent.";
            case NO_AGENT_MEETS_CONSTRAINTS -> "No agent meets its constraints, however empty:";
            case NO_AGENT_LARGE_ENOUGH -> "No agent that meets its constraints is large enough, however empty:";
            case WAITS_FOR_RESOURCES -> "It waits for room: agents that would do are too full at the moment:";
            case PENDING_UNKNOWN -> "The scheduler gives a reason that this version does not know.";
        };
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
        return switch (veto.getCause()) {
            case VETO_CONSTRAINT -> "the constraint " + veto.getSubject() + " excludes " + agents;
            case VETO_TOO_SMALL -> agents + have + " less " + veto.getSubject() + " in all than it needs";
            case VETO_TOO_FULL -> agents + have + " less " + veto.getSubject() + " free than it needs";
            case VETO_TASK_LIMIT ->
                agents + have + " as many tasks as " + (veto.getAgents() == 1 ? "it may" : "they may");
            case VETO_UNKNOWN -> agents + " are excluded by " + veto.getSubject();
        };
    }
}
