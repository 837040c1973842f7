/**
 * Runs executors: processes of frameworks that are started once and handed several tasks over a socket. Begin with {@link
 * dev.millrace.agent.executor.MachineRunner}, then {@link dev.millrace.agent.executor.ExecutorRun}, which says what an executor goes through,
 * {@link dev.millrace.agent.executor.ExecutorSupervisor}, which decides, and {@link dev.millrace.agent.executor.Conversation}, which listens.
 *
 * <p>An executor's process is run as an attempt is, by a {@link dev.millrace.agent.process.ProcessRunner} over a directory of its own, so all that
 * holds of shims, claims, kills and output holds of executors. In the agent's work directory there are, for an executor R:
 *
 * <pre>
 *   executors/journals/R    what was written down of it and its tasks: see ExecutorJournal
 *   executors/sockets/R/s   the socket that it connects to
 *   executors/open, attempts, ends   the process runner's own; the name there is that of the attempt for which
 *                           the executor was started
 * </pre>
 *
 * <p>Threads: one event loop owns executors, their tasks and journals; one thread reads and writes sockets; the process runner has its own. It
 * may use the link's and the process package, and nothing of those uses it.
 */
@NullMarked
package dev.millrace.agent.executor;

import org.jspecify.annotations.NullMarked;
