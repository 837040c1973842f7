package dev.millrace.chaos.check;

import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.core.Transitions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the statuses of all tasks in the order in which they lie on the topic, and says what may not be: a gap or a repetition in a task's
 * sequence, a transition that is not legal, anything after a task's end, a task that has not ended, and more on an agent than it has. An attempt
 * is on its agent from TASK_STAGING to its end. Mutable; owned by one thread.
 */
public final class StatusChecker {
    private final Map<String, Size> agents;
    private final Map<String, Size> submitted;
    private final Map<String, TaskStatus> last = new HashMap<>();
    private final Map<String, Size> occupied = new HashMap<>();
    /** The agent that each task's current attempt is on. */
    private final Map<String, String> placed = new HashMap<>();

    private final List<Finding> findings = new ArrayList<>();
    private long statuses;
    private long attempts;
    private long refusals;

    /**
     * @param agents what each agent has
     * @param submitted what each task needs whose request was sent, acknowledged or not
     */
    public StatusChecker(Map<String, Size> agents, Map<String, Size> submitted) {
        this.agents = Collections.unmodifiableMap(new HashMap<>(agents));
        this.submitted = Collections.unmodifiableMap(new HashMap<>(submitted));
    }

    /** Takes the next status. Those of one pool come in the order of their partition. */
    public void take(TaskStatus status) {
        statuses++;
        if (status.getSequence() == 0) {
            refused(status);
            return;
        }
        if (!submitted.containsKey(status.getTaskId())) {
            find(Kind.ILLEGAL_SEQUENCE, status, "nobody submitted it");
            return;
        }
        String illegal = illegal(last.get(status.getTaskId()), status);
        if (illegal != null) {
            find(Kind.ILLEGAL_SEQUENCE, status, illegal);
        }
        last.put(status.getTaskId(), status);
        account(status);
    }

    /**
     * What is wrong once nothing comes any more.
     *
     * @param acknowledged the tasks whose requests Kafka has acknowledged
     */
    public List<Finding> finish(Iterable<String> acknowledged) {
        for (String task : acknowledged) {
            TaskStatus status = last.get(task);
            if (status == null) {
                findings.add(new Finding(Kind.LOST, task + " was submitted and has no status"));
            } else if (!status.getTaskEnded()) {
                findings.add(new Finding(Kind.LOST, task + " has not ended; its last status is " + words(status)));
            }
        }
        return findings();
    }

    /** What was found so far. */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    public long statuses() {
        return statuses;
    }

    /** How many attempts were placed. */
    public long attempts() {
        return attempts;
    }

    /** How many requests were refused because the same had been sent before. */
    public long refusals() {
        return refusals;
    }

    private void refused(TaskStatus status) {
        refusals++;
        // A request whose acknowledgement got lost is sent again, and a kill may come after the end.
        if (status.getReason() != Reason.REASON_DUPLICATE_TASK_ID && status.getReason() != Reason.REASON_TASK_UNKNOWN) {
            find(Kind.ILLEGAL_SEQUENCE, status, "the request was refused");
        }
    }

    private static @Nullable String illegal(@Nullable TaskStatus before, TaskStatus status) {
        if (status.getAttemptEnded() != Transitions.endsAttempt(status.getState())) {
            return "attemptEnded is " + status.getAttemptEnded();
        }
        if (status.getTaskEnded() && !status.getAttemptEnded()) {
            return "taskEnded without attemptEnded";
        }
        if (before == null) {
            return status.getSequence() == 1 && status.getState() == TaskState.TASK_QUEUED && status.getAttempt() == 1
                    ? null
                    : "it is the first";
        }
        if (before.getTaskEnded()) {
            return "the task had ended: " + words(before);
        }
        if (status.getSequence() != before.getSequence() + 1) {
            return "it follows " + words(before);
        }
        if (!Transitions.legal(before.getState(), status.getState())) {
            return "no such transition from " + words(before);
        }
        int attempt = before.getAttemptEnded() ? before.getAttempt() + 1 : before.getAttempt();
        return status.getAttempt() == attempt ? null : "the attempt should be " + attempt;
    }

    private void account(TaskStatus status) {
        String task = status.getTaskId();
        Size need = submitted.getOrDefault(task, Size.NOTHING);
        if (status.getAttemptEnded()) {
            String agent = placed.remove(task);
            if (agent != null) {
                occupied.computeIfPresent(agent, (id, size) -> size.minus(need));
            }
        } else if (status.getState() == TaskState.TASK_STAGING && !placed.containsKey(task)) {
            attempts++;
            place(status, need);
        }
    }

    private void place(TaskStatus status, Size need) {
        String agent = status.getAgentId();
        Size has = agent == null ? null : agents.get(agent);
        if (agent == null || has == null) {
            find(Kind.OVER_COMMITMENT, status, "there is no agent " + agent);
            return;
        }
        placed.put(status.getTaskId(), agent);
        Size sum = occupied.merge(agent, need, Size::plus);
        if (!has.holds(sum)) {
            find(Kind.OVER_COMMITMENT, status, agent + " has " + has + ", and " + sum + " would be on it");
        }
    }

    private void find(Kind kind, TaskStatus status, String what) {
        findings.add(new Finding(kind, status.getTaskId() + ", " + words(status) + ": " + what));
    }

    private static String words(TaskStatus status) {
        return "status " + status.getSequence() + " " + status.getState() + " (" + status.getReason() + ") of attempt "
                + status.getAttempt() + (status.getAgentId() == null ? "" : " on " + status.getAgentId())
                + (status.getMessage().isEmpty() ? "" : " '" + status.getMessage() + "'");
    }
}
