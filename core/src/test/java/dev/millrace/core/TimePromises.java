package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentChanged;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentState;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedAgent;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;

/**
 * Holds the scheduler to the time that passes in truth: whatever the broker's clock says, nobody is given up sooner than was agreed. A jump of that
 * clock may count for as much as one tick.
 */
final class TimePromises {
    private static final long SLACK_MS = 5_000;

    /** When something was taken, and how often the clock had jumped until then. */
    private record Moment(long ms, int jumps) {}

    private final Map<String, Moment> heard = new HashMap<>();
    private final Map<String, Moment> unreachable = new HashMap<>();
    private final Map<String, Long> timeoutsMs = new HashMap<>();
    private final Map<String, TaskRequest> requests = new HashMap<>();

    void enter(SimulatedScheduler.Step step, Outbox out, int jumps) {
        Moment now = new Moment(step.takenMs(), jumps);
        for (Change change : out.changes()) {
            if (change.value() instanceof SavedAgent agent) {
                timeoutsMs.put(agent.getAgentId(), agent.getTerms().getUnreachableTimeoutMs());
            } else if (change.store() == Store.REQUESTS && change.value() instanceof TaskRequest request) {
                requests.put(request.getTaskId(), request);
            }
        }
        SpecificRecord input = step.input().value();
        if (input instanceof AgentHeartbeat heartbeat) {
            heard.put(heartbeat.getAgentId() + heartbeat.getIncarnation(), now);
        }
        for (Message message : out.messages()) {
            if (message.value() instanceof AgentChanged changed) {
                enter(changed, now);
            } else if (message.value() instanceof TaskStatus status && status.getSequence() > 0) {
                enter(status, now);
            }
        }
        if (input instanceof AgentRegistered registered) {
            heard.put(registered.getAgentId() + registered.getIncarnation(), now);
        }
    }

    private void enter(AgentChanged changed, Moment now) {
        if (changed.getState() == AgentState.AGENT_UNREACHABLE
                && changed.getReason() == Reason.REASON_AGENT_DISCONNECTED) {
            Moment last = heard.get(changed.getAgentId() + changed.getIncarnation());
            assertThat(passedMs(last, now))
                    .as("silence of %s in ms", changed)
                    .isGreaterThanOrEqualTo(timeoutsMs.get(changed.getAgentId()));
        }
    }

    private void enter(TaskStatus status, Moment now) {
        String id = status.getTaskId();
        if (status.getState() == TaskState.TASK_UNREACHABLE) {
            unreachable.put(id, now);
        } else if (status.getState() == TaskState.TASK_LOST) {
            assertThat(passedMs(unreachable.get(id), now))
                    .as("how long %s was unreachable in ms", status)
                    .isGreaterThanOrEqualTo(
                            requests.get(id).getUnreachablePolicy().getTimeoutMs());
        }
    }

    /** The most that may count as passed. */
    private static long passedMs(Moment from, Moment to) {
        return to.ms - from.ms + SLACK_MS + 2 * Harness.TICK_MS * (to.jumps - from.jumps);
    }
}
