/**
 * The agents' protocol with the scheduler, and the topics that it runs over. Begin with {@link dev.millrace.agent.link.AgentSession}, which
 * decides, then {@link dev.millrace.agent.link.AgentLink}, which carries. What runs the attempts stands behind {@link
 * dev.millrace.agent.link.TaskRunner}, and speaks through {@link dev.millrace.agent.link.ExecutorSink}.
 */
@NullMarked
package dev.millrace.agent.link;

import org.jspecify.annotations.NullMarked;
