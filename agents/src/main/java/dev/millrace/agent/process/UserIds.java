package dev.millrace.agent.process;

/**
 * A user of this machine.
 *
 * @param uid the user's number
 * @param gid the number of the user's own group
 */
record UserIds(int uid, int gid) {}
