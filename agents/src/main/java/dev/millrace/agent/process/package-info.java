/**
 * Runs attempts as processes of this machine. Begin with {@link dev.millrace.agent.process.ProcessRunner}, then {@link
 * dev.millrace.agent.process.Supervisor}, which decides, and {@link dev.millrace.agent.process.ShimScript}, which is what stands between an
 * agent and a task.
 *
 * <p>All that matters is in files, so an agent may be killed at any moment. An attempt X, the task's id with '+' for '/', then '@' and the number
 * of the attempt, has these in the work directory:
 *
 * <pre>
 *   open/X                  the intent: the boot's id, then the launch in Avro. On the disk before there is a process; removed when the end
 *                           and all output are acknowledged
 *   attempts/X/run          the shim, a shell script
 *   attempts/X/messages     what the shim and its shell said
 *   attempts/X/started      /proc/PID/stat of the shim and of the task's process and the boot's id, written by that process before it takes the
 *                           claim
 *   attempts/X/claim        who makes this file, exclusively, decides: empty = the shim, and the task runs; else an agent, and it never will.
 *                           Its directory is removed only when the attempt is long over, and without it no claim can be taken
 *   attempts/X/stdout, stderr
 *   attempts/X/sandbox/     the task's working directory
 *   attempts/X/kill         that it is to end: why, by when, and what to say
 *   attempts/X/acknowledged the highest report sequence that was acknowledged
 *   attempts/X/published    up to where stdout and stderr were acknowledged
 *   ends/X                  the exit status and the machine's uptime in s, written by the shim over blanks; whole once its line is ended. Later
 *                           attempts/X/exit
 * </pre>
 *
 * <p>Threads: the supervisor's event loop owns the attempts; starters make files and fork; one thread publishes output, one waits for exit files
 * to appear, one removes old sandboxes.
 */
@NullMarked
package dev.millrace.agent.process;

import org.jspecify.annotations.NullMarked;
