package dev.millrace.agent;

/**
 * Why an agent stopped.
 *
 * @param cause what kind of reason
 * @param message for people
 */
public record AgentStopped(Cause cause, String message) {

    /** What kind of reason. */
    public enum Cause {
        /** It was closed. */
        CLOSED,
        /** The scheduler refused it: another agent of its id lives, or what it offers is invalid. */
        FENCED,
        /** A fault in the agent itself. */
        FAILED
    }
}
