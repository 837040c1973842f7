package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.TaskState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What would become of a request if it were sent now.
 *
 * @param taskId the task
 * @param state how the task would stand: TASK_STAGING if it would be placed, TASK_QUEUED if it would wait, TASK_ERROR if it would be refused
 * @param agentId the agent that it would be placed on, or for which it would wait while others give way to it; null = none
 * @param ports the ports that it would be given beside those that it names
 * @param gpuDevices the GPU devices that it would be given
 * @param preempts the ids of the tasks that would give way to it, sorted
 * @param why what it would wait for; null = it would not wait for resources
 * @param message what would be wrong with it, or what else it would wait for; empty = nothing
 */
public record PlannedTask(
        String taskId,
        TaskState state,
        @Nullable String agentId,
        List<Integer> ports,
        List<Integer> gpuDevices,
        List<String> preempts,
        @Nullable PendingExplained why,
        String message) {}
