package dev.millrace.cli.output;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.List;
import java.util.Optional;

/** Says of a gang what the reason of one of its tasks does not: that there are not as many agents as it needs. */
public final class GangWords {
    private GangWords() {}

    /**
     * A sentence if fewer agents suit a task than members of its gang must be on agents of their own; empty otherwise, or if it does not wait
     * for its gang's placement.
     *
     * @param tasks tasks among which the members of its gang are
     */
    public static Optional<String> tooFewAgents(PendingExplained why, TaskRequest task, List<TaskRequest> tasks) {
        if (why.getKind() != PendingKind.GANG_WAITS) {
            return Optional.empty();
        }
        long needed = task.getAffinities().stream()
                .filter(affinity -> keepsOwnKindAway(affinity, task))
                .mapToLong(affinity -> tasks.stream()
                        .filter(other -> isInGangOf(task, other) && keepsOwnKindAway(affinity, other))
                        .count())
                .max()
                .orElse(0);
        int suiting = suitingAtMost(why);
        return needed > suiting
                ? Optional.of("It needs " + needed + " agents at once, and "
                        + (suiting == 0
                                ? "none suits."
                                : suiting + (suiting == 1 ? " suits" : " suit") + " at the most."))
                : Optional.empty();
    }

    /** Whether no two of the tasks that have this affinity can be on one agent, this task among them. */
    private static boolean keepsOwnKindAway(Affinity affinity, TaskRequest task) {
        return affinity.getAnti()
                && affinity.getRequired()
                && affinity.getAttribute().isEmpty()
                && task.getAffinities().contains(affinity)
                && task.getLabels().contains(new KeyValue(affinity.getLabelKey(), affinity.getLabelValue()));
    }

    private static boolean isInGangOf(TaskRequest task, TaskRequest other) {
        return task.getGang() != null
                && other.getGang() != null
                && task.getGang().getGroup().equals(other.getGang().getGroup());
    }

    /** Each cause is counted by itself, so an agent may be excluded by several; the commonest excludes so many at the least. */
    private static int suitingAtMost(PendingExplained why) {
        int excluded = why.getVetoes().stream()
                .filter(veto ->
                        veto.getCause() == VetoCause.VETO_CONSTRAINT || veto.getCause() == VetoCause.VETO_TOO_SMALL)
                .mapToInt(Veto::getAgents)
                .max()
                .orElse(0);
        return Math.max(0, why.getAgentsActive() - excluded);
    }
}
