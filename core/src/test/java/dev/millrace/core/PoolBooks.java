package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Store;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;

/**
 * What the world of a pool can know of it from what was committed, step by step: it fails at the first thing that was promised never to happen.
 * Who has what of agents and roles is in {@link OfferBooks}, what frameworks were told in {@link FrameworkBooks}.
 */
final class PoolBooks {
    private final OfferBooks offers = new OfferBooks();
    private final FrameworkBooks frameworks = new FrameworkBooks(offers);
    private final TimePromises promises = new TimePromises();
    private final Function<String, List<KeyValue>> attributes;
    /** The requests that are tasks now, by task id. */
    private final Map<String, TaskRequest> requests = new TreeMap<>();

    private final Set<String> unanswered = new TreeSet<>();
    private final Set<String> alive = new HashSet<>();
    private final Map<String, String> taskAgents = new TreeMap<>();
    private final Set<String> launched = new HashSet<>();
    private final Set<String> started = new HashSet<>();
    private final Set<String> startless = new HashSet<>();

    /** @param attributes those of an agent */
    PoolBooks(Function<String, List<KeyValue>> attributes) {
        this.attributes = attributes;
    }

    /** The tasks that are known and have statuses: the last status of each. */
    Collection<TaskStatus> last() {
        return offers.statuses().last();
    }

    /** The request of a task that is not forgotten. */
    TaskRequest request(String taskId) {
        return requests.get(taskId);
    }

    Collection<TaskRequest> requests() {
        return requests.values();
    }

    TaskStatus last(String taskId) {
        return offers.statuses().of(taskId);
    }

    boolean nothingIsPlaced() {
        return taskAgents.isEmpty();
    }

    /** Ids of tasks that were asked for and not answered. */
    Set<String> unanswered() {
        return unanswered;
    }

    /** Somebody asks for a task. */
    void asked(String taskId) {
        unanswered.add(taskId);
    }

    /** An agent starts a process. */
    void started(LaunchTask launch) {
        String key = key(launch);
        assertThat(started.add(key)).as("%s is started for the first time", key).isTrue();
        assertThat(startless).as("attempts that may not start any more").doesNotContain(key);
    }

    /** Enters what a step has done, and checks it. */
    void enter(SimulatedScheduler.Step step, Outbox out, long elapsedMs, int clockJumps) {
        SpecificRecord input = step.input().value();
        for (Change change : out.changes()) {
            enter(change);
        }
        offers.enter(input, out);
        frameworks.enter(input, out, elapsedMs);
        promises.enter(step, out, clockJumps);
        for (Message message : out.messages()) {
            if (message.value() instanceof TaskStatus status) {
                enter(status);
            } else if (message.value() instanceof LaunchTask launch) {
                enter(launch);
            } else if (message.value() instanceof LaunchTaskGroup group) {
                group.getTasks().forEach(this::enter);
            } else if (message.value() instanceof Reconciled reconciled) {
                reconciled.getStatuses().forEach(this::assertIsLast);
            }
        }
        checkGangs(out);
        for (Change change : out.changes()) {
            if (change.store() == Store.TASKS && change.value() == null) {
                forget(change.key().substring(change.key().indexOf('/') + 1));
            }
        }
    }

    private void enter(Change change) {
        if (change.store() == Store.REQUESTS && change.value() instanceof TaskRequest request) {
            requests.put(request.getTaskId(), request);
        }
    }

    private void forget(String taskId) {
        requests.remove(taskId);
        assertThat(alive).as("tasks that are alive when they are forgotten").doesNotContain(taskId);
    }

    private void enter(LaunchTask launch) {
        assertThat(launched.add(key(launch)))
                .as("%s is launched for the first time", key(launch))
                .isTrue();
    }

    private void enter(TaskStatus status) {
        String id = status.getTaskId();
        unanswered.remove(id);
        if (status.getSequence() == 0) {
            return;
        }
        if (status.getTaskEnded()) {
            alive.remove(id);
        } else {
            alive.add(id);
        }
        TaskRequest request = requests.get(id);
        String key = request == null ? "" : key(request, status.getAttempt());
        if (status.getState() == TaskState.TASK_DROPPED) {
            assertThat(started)
                    .as("attempts that started before they were dropped")
                    .doesNotContain(key);
        }
        // The registration that a lost one was launched under is still valid: it may start yet, and is killed when its
        // agent registers.
        if (status.getState() == TaskState.TASK_DROPPED || status.getState() == TaskState.TASK_GONE) {
            startless.add(key);
        }
        if (status.getState() == TaskState.TASK_STAGING) {
            assertAffinitiesHold(request, status.getAgentId());
            taskAgents.put(id, status.getAgentId());
        } else if (status.getAttemptEnded()) {
            taskAgents.remove(id);
        }
    }

    /** An id may be used again for another task once the first one is forgotten. */
    private static String key(TaskRequest request, int attempt) {
        return request.getTaskId() + '/' + request.getSubmissionId() + '#' + attempt;
    }

    private static String key(LaunchTask launch) {
        return key(launch.getRequest(), launch.getAttempt());
    }

    /** What frameworks are told of tasks when they ask is what was said of them last. */
    private void assertIsLast(TaskStatus status) {
        if (status.getState() != TaskState.TASK_UNKNOWN) {
            TaskStatus last = last(status.getTaskId());
            assertThat(List.of(status.getState(), status.getSequence(), status.getAttempt()))
                    .as("%s, after %s", status, last)
                    .isEqualTo(List.of(last.getState(), last.getSequence(), last.getAttempt()));
        }
    }

    /** All members of a gang that are not over are placed in one step, or none is. */
    private void checkGangs(Outbox out) {
        Map<String, Integer> placed = new TreeMap<>();
        for (Message message : out.messages()) {
            if (message.value() instanceof LaunchTask launch
                    && launch.getRequest().getGang() != null) {
                placed.merge(launch.getRequest().getGang().getGroup(), 1, Integer::sum);
            }
        }
        placed.forEach((group, count) -> {
            int members = 0;
            for (TaskRequest request : requests.values()) {
                Gang gang = request.getGang();
                boolean isMember = gang != null && gang.getGroup().equals(group);
                members += isMember && alive.contains(request.getTaskId()) ? 1 : 0;
            }
            assertThat(count).as("members of %s placed at once", group).isEqualTo(members);
        });
    }

    private void assertAffinitiesHold(TaskRequest request, String agentId) {
        for (Affinity affinity : request.getAffinities()) {
            assertThat(holds(affinity, request, agentId))
                    .as("%s holds for %s on %s", affinity, request.getTaskId(), agentId)
                    .isTrue();
        }
    }

    /** Whether it is a wish, or is true of the agent as the tasks are placed now. */
    boolean holds(Affinity affinity, TaskRequest request, String agentId) {
        KeyValue label = new KeyValue(affinity.getLabelKey(), affinity.getLabelValue());
        Map<String, String> bearers = new HashMap<>(taskAgents);
        bearers.keySet().removeIf(id -> !requests.get(id).getLabels().contains(label));
        boolean isNear = bearers.values().stream()
                .anyMatch(other -> place(other, affinity).equals(place(agentId, affinity)));
        boolean isFirst = bearers.isEmpty() && request.getLabels().contains(label);
        boolean holds = affinity.getAnti() ? !isNear : isNear || isFirst;
        return holds || !affinity.getRequired();
    }

    private String place(String agentId, Affinity affinity) {
        return attributes.apply(agentId).stream()
                .filter(attribute -> attribute.getKey().equals(affinity.getAttribute()))
                .map(KeyValue::getValue)
                .findFirst()
                .orElse(agentId);
    }
}
