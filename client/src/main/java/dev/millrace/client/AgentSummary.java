package dev.millrace.client;

import dev.millrace.contract.Resources;
import dev.millrace.state.SavedAgent;

/**
 * An agent and what is on it.
 *
 * @param agent the agent
 * @param attempts how many attempts occupy it, orphans included
 * @param executors how many executors of frameworks occupy it
 * @param occupied what the attempts and executors occupy
 * @param offered what of the rest is offered to frameworks
 */
public record AgentSummary(SavedAgent agent, int attempts, int executors, Resources occupied, Resources offered) {}
