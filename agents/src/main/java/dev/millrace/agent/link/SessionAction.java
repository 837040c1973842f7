package dev.millrace.agent.link;

import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.StopExecutor;
import java.util.List;

/** What an {@link AgentSession} wants done. Each input brings about one action at the most. */
public sealed interface SessionAction {
    /** Nothing is to be done. */
    SessionAction NONE = new None();

    /** See {@link #NONE}. */
    record None() implements SessionAction {}

    /**
     * Send AgentRegistered with all that the agent runs.
     *
     * @param incarnation drawn for this registration
     */
    record Register(long incarnation) implements SessionAction {}

    /** Send AgentHeartbeat. */
    record Heartbeat(long incarnation) implements SessionAction {}

    /** Hand the attempt to the runner. */
    record Launch(LaunchTask launch) implements SessionAction {}

    /** Hand the attempts to the runner, to be handed to their executor together. */
    record LaunchGroup(LaunchTaskGroup group) implements SessionAction {}

    /**
     * Report the attempts as TASK_DROPPED without handing them to the runner.
     *
     * @param why for people
     */
    record Refuse(List<LaunchTask> launches, String why) implements SessionAction {}

    /** Hand the kill to the runner. */
    record Kill(KillTask kill) implements SessionAction {}

    /** Have the runner end the executor. */
    record EndExecutor(StopExecutor stop) implements SessionAction {}

    /** Hand the message to the runner. */
    record PassOn(MessageToExecutor message) implements SessionAction {}

    /**
     * Stop for good, and leave the tasks alone.
     *
     * @param message the scheduler's words
     */
    record Stop(String message) implements SessionAction {}

    /** Send AgentLeaving. */
    record Leave(long incarnation) implements SessionAction {}
}
