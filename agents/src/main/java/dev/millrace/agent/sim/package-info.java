/**
 * Simulated agents: one process plays thousands of machines over the real topics and with the real agents' protocol, but runs nothing. Begin
 * with {@link dev.millrace.agent.sim.SimulatedAgents}.
 */
@NullMarked
package dev.millrace.agent.sim;

import org.jspecify.annotations.NullMarked;
