package dev.millrace.chaos.check;

import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares what the tasks wrote down themselves with what was published about them. Each attempt starts once at the most, where it was placed;
 * one that finished did start and came to its end; one that was dropped never started.
 */
public final class WitnessChecker {
    private final Map<String, Witness> starts = new HashMap<>();
    private final Map<String, Witness> ends = new HashMap<>();
    private final List<Finding> findings = new ArrayList<>();

    private WitnessChecker() {}

    /** What is wrong. */
    public static List<Finding> check(List<Witness> witnesses, List<TaskStatus> statuses) {
        WitnessChecker checker = new WitnessChecker();
        witnesses.forEach(checker::take);
        checker.compare(statuses);
        return List.copyOf(checker.findings);
    }

    private void take(Witness witness) {
        Witness other = (witness.end() ? ends : starts).putIfAbsent(witness.attemptName(), witness);
        if (other != null) {
            find(Kind.DOUBLE_LAUNCH, witness.attemptName() + " ran as " + other + " and as " + witness);
        }
    }

    private void compare(List<TaskStatus> statuses) {
        Set<String> placed = new HashSet<>();
        for (TaskStatus status : statuses) {
            String attempt = status.getTaskId() + "@" + status.getAttempt();
            Witness start = starts.get(attempt);
            if (status.getState() == TaskState.TASK_STAGING) {
                placed.add(attempt);
                if (start != null && !start.agent().equals(status.getAgentId())) {
                    find(Kind.FALSE_STATUS, attempt + " was placed on " + status.getAgentId() + " and ran as " + start);
                }
            } else if (status.getState() == TaskState.TASK_DROPPED && start != null) {
                find(Kind.FALSE_STATUS, attempt + " was dropped and ran as " + start);
            } else if (status.getExitCode() != null) {
                exited(attempt, status.getExitCode());
            }
        }
        for (String attempt : starts.keySet()) {
            if (!placed.contains(attempt)) {
                find(Kind.FALSE_STATUS, attempt + " was never placed and ran as " + starts.get(attempt));
            }
        }
    }

    private void exited(String attempt, int exitCode) {
        Witness end = ends.get(attempt);
        if (!starts.containsKey(attempt) || end == null || end.exitCode() != exitCode) {
            find(
                    Kind.FALSE_STATUS,
                    attempt + " is said to have exited with " + exitCode + ", started as " + starts.get(attempt)
                            + " and ended as " + end);
        }
    }

    private void find(Kind kind, String detail) {
        findings.add(new Finding(kind, detail));
    }
}
