package dev.millrace.streams.whatif;

import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.core.Message;
import dev.millrace.core.Transitions;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/**
 * How long attempts took to start, to run and to be killed, as far as it was seen. A run counts if the attempt ended of itself; one that was
 * killed, gave way or went with its agent says only how long the run is at least. Mutable; owned by the recorder, and read when that is done.
 */
final class ObservedRuns {
    private static final long NOT_YET = -1;

    private final String pool;
    private final Map<String, List<Run>> natural = new HashMap<>();
    private final Map<String, Open> open = new HashMap<>();
    /** Runs that were cut short and of whose task no later one has ended, by task. */
    private final TreeMap<String, Cut> cut = new TreeMap<>();

    private final Map<String, Waits> runsOfRoles = new HashMap<>();
    private final Waits startDelays = new Waits();
    private final Map<String, List<Long>> startDelaysOfTasks = new HashMap<>();
    private final Waits killDelays = new Waits();
    private int cutShort;

    /** An attempt that has not ended. */
    private static final class Open {
        final long launchedMs;
        long runningMs = NOT_YET;
        long killingMs = NOT_YET;
        boolean wasUnreachable;
        boolean wasKilledOnRequest;

        Open(long launchedMs) {
            this.launchedMs = launchedMs;
        }
    }

    private record Cut(String role, long ranMs) {}

    ObservedRuns(String pool) {
        this.pool = pool;
    }

    /** Takes the attempts that are under way at the beginning. */
    void begin(StartState state, long nowMs) {
        for (SpecificRecord record : state.of(Store.TASKS)) {
            SavedTask saved = (SavedTask) record;
            if (saved.getEnded() || saved.getState() == TaskState.TASK_QUEUED) {
                continue;
            }
            Open attempt = new Open(nowMs - (state.elapsedMs() - saved.getPlacedMs()));
            if (saved.getRunningSinceMs() >= 0) {
                attempt.runningMs = nowMs - (state.elapsedMs() - saved.getRunningSinceMs());
            }
            attempt.killingMs = saved.getState() == TaskState.TASK_KILLING ? nowMs : NOT_YET;
            attempt.wasKilledOnRequest = saved.getKillRequested();
            attempt.wasUnreachable = saved.getState() == TaskState.TASK_UNREACHABLE;
            open.put(saved.getTaskId(), attempt);
        }
    }

    /** Takes what a step said. */
    void step(long nowMs, List<Message> messages) {
        for (Message message : messages) {
            if (message.topic() == Topic.TASK_STATUS
                    && message.value() instanceof TaskStatus status
                    && status.getPool().equals(pool)
                    && status.getSequence() > 0) {
                take(nowMs, status);
            }
        }
    }

    private void take(long nowMs, TaskStatus status) {
        String taskId = status.getTaskId();
        if (status.getState() == TaskState.TASK_STAGING && status.getPlacement() != null) {
            open.put(taskId, new Open(nowMs));
            return;
        }
        Open attempt = open.get(taskId);
        if (attempt == null) {
            return;
        }
        switch (status.getState()) {
            case TASK_RUNNING -> {
                if (attempt.runningMs == NOT_YET) {
                    attempt.runningMs = nowMs;
                    started(taskId, nowMs - attempt.launchedMs);
                }
            }
            case TASK_KILLING -> {
                attempt.killingMs = attempt.killingMs == NOT_YET ? nowMs : attempt.killingMs;
                attempt.wasKilledOnRequest |= status.getReason() == Reason.REASON_KILL_REQUESTED;
            }
            case TASK_UNREACHABLE -> attempt.wasUnreachable = true;
            default -> {
                if (status.getAttemptEnded()) {
                    open.remove(taskId);
                    ended(nowMs, attempt, status);
                }
            }
        }
    }

    private void ended(long nowMs, Open attempt, TaskStatus status) {
        String taskId = status.getTaskId();
        boolean runs = attempt.runningMs != NOT_YET;
        long ranMs = runs ? ranMs(nowMs, attempt, status) : 0;
        if (endedOfItself(attempt, status)) {
            endedOfItself(ranMs, runs, status);
            if (!runs) {
                started(taskId, nowMs - attempt.launchedMs);
            }
            return;
        }
        if (!runs) {
            startDelaysOfTasks.computeIfAbsent(taskId, id -> new ArrayList<>(1)).add(NOT_YET);
        }
        if (attempt.killingMs != NOT_YET && isReported(status) && !attempt.wasUnreachable) {
            killDelays.add(nowMs - attempt.killingMs);
        }
        if (attempt.wasKilledOnRequest) {
            // It would have run on: in the model the same request ends it.
            cut.remove(taskId);
        } else if (status.getState() != TaskState.TASK_DROPPED && runs) {
            cut.put(taskId, new Cut(status.getRole(), ranMs));
        }
    }

    private void endedOfItself(long ranMs, boolean runs, TaskStatus status) {
        Run run = new Run(ranMs, status.getState(), status.getReason(), status.getExitCode(), status.getSignal(), runs);
        natural.computeIfAbsent(status.getTaskId(), id -> new ArrayList<>(1)).add(run);
        cut.remove(status.getTaskId());
        if (runs) {
            runsOfRoles.computeIfAbsent(status.getRole(), role -> new Waits()).add(ranMs);
        }
    }

    /** What a framework ends is its own affair, and it is not asked again, so its tasks' runs are taken as they were. */
    private static boolean endedOfItself(Open attempt, TaskStatus status) {
        return isReported(status)
                && status.getState() != TaskState.TASK_DROPPED
                && (attempt.killingMs == NOT_YET || !status.getFrameworkId().isEmpty());
    }

    private static boolean isReported(TaskStatus status) {
        return Transitions.endsAttempt(status.getState())
                && (status.getSource() == StatusSource.SOURCE_AGENT
                        || status.getSource() == StatusSource.SOURCE_EXECUTOR);
    }

    /** An end that an agent could not report at once is as late as the agent was; then its own clock says more. */
    private static long ranMs(long nowMs, Open attempt, TaskStatus status) {
        if (attempt.wasUnreachable && status.getStartedAt() != null && status.getEndedAt() != null) {
            return Math.max(
                    0,
                    Duration.between(status.getStartedAt(), status.getEndedAt()).toMillis());
        }
        return nowMs - attempt.runningMs;
    }

    /** What is assumed of those whose end was not seen. To be called once, at the end. */
    void finish() {
        for (Map.Entry<String, Cut> entry : cut.entrySet()) {
            Cut seen = entry.getValue();
            if (!open.containsKey(entry.getKey())) {
                cutShort++;
                Waits others = runsOfRoles.get(seen.role());
                long usualMs = others == null ? seen.ranMs() : others.medianMs(seen.ranMs());
                natural.computeIfAbsent(entry.getKey(), id -> new ArrayList<>(1))
                        .add(Run.of(Math.max(seen.ranMs(), usualMs)));
            }
        }
    }

    private void started(String taskId, long delayMs) {
        startDelays.add(delayMs);
        startDelaysOfTasks.computeIfAbsent(taskId, id -> new ArrayList<>(1)).add(delayMs);
    }

    /** How an attempt goes if so many attempts at its task have ended of themselves before. */
    Run next(String taskId, int endedBefore) {
        List<Run> runs = natural.getOrDefault(taskId, List.of());
        return endedBefore < runs.size() ? runs.get(endedBefore) : Run.ENDLESS;
    }

    /** How long it takes from its launch until an attempt runs, or ends without having run, if so many attempts were launched before. */
    long startDelayMs(String taskId, int launchedBefore) {
        List<Long> delays = startDelaysOfTasks.getOrDefault(taskId, List.of());
        long seenMs = delays.isEmpty() ? NOT_YET : delays.get(Math.min(launchedBefore, delays.size() - 1));
        return seenMs == NOT_YET ? startDelays.medianMs(0) : seenMs;
    }

    /** How long it usually takes to kill an attempt. */
    long killMs(long otherwise) {
        return killDelays.medianMs(otherwise);
    }

    /** How many runs were cut short and never seen to their end. */
    int cutShort() {
        return cutShort;
    }
}
