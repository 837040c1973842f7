package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskState;
import dev.millrace.schemas.ExecutorRules;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TransitionsTest {
    /** The table written out once more, by hand, so that a slip in the code shows. */
    private static final Map<String, String> LEGAL = Map.ofEntries(
            Map.entry("UNKNOWN", ""),
            Map.entry("QUEUED", "STAGING KILLED ERROR"),
            Map.entry(
                    "STAGING",
                    "STARTING RUNNING KILLING FINISHED FAILED KILLED ERROR DROPPED UNREACHABLE GONE GONE_BY_OPERATOR"),
            Map.entry(
                    "STARTING",
                    "RUNNING KILLING FINISHED FAILED KILLED ERROR DROPPED UNREACHABLE GONE GONE_BY_OPERATOR"),
            Map.entry("RUNNING", "RUNNING KILLING FINISHED FAILED KILLED UNREACHABLE GONE GONE_BY_OPERATOR"),
            Map.entry("KILLING", "KILLED FINISHED FAILED ERROR DROPPED UNREACHABLE GONE GONE_BY_OPERATOR"),
            Map.entry(
                    "UNREACHABLE",
                    "STAGING STARTING RUNNING KILLING FINISHED FAILED KILLED ERROR DROPPED LOST GONE GONE_BY_OPERATOR"),
            Map.entry("FINISHED", "QUEUED"),
            Map.entry("FAILED", "QUEUED"),
            Map.entry("KILLED", "QUEUED"),
            Map.entry("ERROR", "QUEUED"),
            Map.entry("LOST", "QUEUED"),
            Map.entry("DROPPED", "QUEUED"),
            Map.entry("GONE", "QUEUED"),
            Map.entry("GONE_BY_OPERATOR", "QUEUED"));

    @Test
    void judgesEachPairOfStatesAsTheTableSays() {
        Map<TaskState, Set<TaskState>> expected = new EnumMap<>(TaskState.class);
        LEGAL.forEach((from, to) -> expected.put(state(from), states(to)));

        for (TaskState from : TaskState.values()) {
            for (TaskState to : TaskState.values()) {
                assertThat(Transitions.legal(from, to))
                        .as("%s -> %s", from, to)
                        .isEqualTo(expected.get(from).contains(to));
            }
        }
    }

    @Test
    void allowsAllThatExecutorsMaySay() {
        for (TaskState last : states("STAGING STARTING RUNNING")) {
            for (TaskState next : TaskState.values()) {
                if (ExecutorRules.mayFollow(last, next)) {
                    assertThat(Transitions.legal(last, next))
                            .as("%s -> %s", last, next)
                            .isTrue();
                }
            }
        }
        assertThat(ExecutorRules.mayFollow(TaskState.TASK_STAGING, TaskState.TASK_RUNNING))
                .isTrue();
    }

    @Test
    void endsAttemptsInJustTheStatesThatOnlyTheQueueFollows() {
        for (TaskState state : TaskState.values()) {
            assertThat(Transitions.endsAttempt(state))
                    .as("%s", state)
                    .isEqualTo(
                            LEGAL.get(state.name().substring("TASK_".length())).equals("QUEUED"));
        }
    }

    private static Set<TaskState> states(String names) {
        return names.isEmpty()
                ? EnumSet.noneOf(TaskState.class)
                : Arrays.stream(names.split(" ")).map(TransitionsTest::state).collect(Collectors.toSet());
    }

    private static TaskState state(String name) {
        return TaskState.valueOf("TASK_" + name);
    }
}
