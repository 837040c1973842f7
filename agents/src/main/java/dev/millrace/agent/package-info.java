/**
 * The agent: a process that offers its machine to a pool and runs the tasks that the scheduler places on it. Begin with {@link
 * dev.millrace.agent.Agent}; {@code dev.millrace.agent.link} speaks with the scheduler, {@code dev.millrace.agent.process} runs tasks, {@code
 * dev.millrace.agent.sim} plays whole clusters.
 */
@NullMarked
package dev.millrace.agent;

import org.jspecify.annotations.NullMarked;
