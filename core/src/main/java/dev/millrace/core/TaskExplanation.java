package dev.millrace.core;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.TaskState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a task is where it is.
 *
 * @param taskId the task
 * @param role its role
 * @param state its state
 * @param why what keeps it from being placed; null = it does not wait for resources
 * @param position its place in the queue of its role, from 1; 0 = it does not wait for resources
 * @param queuedInRole how many tasks of its role wait for resources
 * @param waitsFor what else it waits for, for people: its not-before time, its restart delay, that its agent is declared lost; empty = nothing
 * @param roles all roles, parents before their children
 */
public record TaskExplanation(
        String taskId,
        String role,
        TaskState state,
        @Nullable PendingExplained why,
        long position,
        long queuedInRole,
        String waitsFor,
        List<RoleReport> roles) {}
