package dev.millrace.agent.executor;

import dev.millrace.contract.LaunchTaskGroup;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * What is handed to an executor in one frame: a task, or the tasks of a group. Mutable; owned by the executors' event loop.
 */
final class Handover {
    final List<HeldTask> tasks;
    final BooleanSupplier leaseValid;
    private final @Nullable LaunchTaskGroup group;
    /** The frame, once it was given to a connection. */
    Connection.@Nullable Outbound outbound;

    /** @param group null = one task, which is no group */
    Handover(List<HeldTask> tasks, BooleanSupplier leaseValid, @Nullable LaunchTaskGroup group) {
        this.tasks = List.copyOf(tasks);
        this.leaseValid = leaseValid;
        this.group = group;
        this.tasks.forEach(task -> task.handover = this);
    }

    /** What the executor is sent. */
    SpecificRecord message() {
        return group == null ? tasks.get(0).launch : group;
    }

    /** Did all of it leave this process, so that the executor may have it? */
    boolean mayHaveArrived() {
        Connection.Outbound frame = outbound;
        return frame != null && frame.isWritten();
    }
}
