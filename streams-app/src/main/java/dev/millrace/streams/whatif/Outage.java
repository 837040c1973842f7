package dev.millrace.streams.whatif;

/**
 * An agent became unreachable without a word.
 *
 * @param agentId the agent
 * @param lastHeartbeatMs when its last heartbeat or registration was taken, in ms since the epoch
 * @param lastHeardMs when the last of whatever it said was taken
 */
record Outage(String agentId, long lastHeartbeatMs, long lastHeardMs) {}
