package dev.millrace.client;

import dev.millrace.contract.Resources;
import dev.millrace.state.SavedAgent;

/**
 * An agent and what is on it.
 *
 * @param agent the agent
 * @param attempts how many attempts occupy it, orphans included
 * @param occupied what they occupy
 */
public record AgentSummary(SavedAgent agent, int attempts, Resources occupied) {}
