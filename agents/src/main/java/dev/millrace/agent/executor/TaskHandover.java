package dev.millrace.agent.executor;

import dev.millrace.agent.process.EventLoop;
import dev.millrace.contract.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands tasks to executors: writes down that it does, waits for the disk once for all that have come meanwhile, and sends them. Mutable; owned by
 * the executors' event loop.
 */
final class TaskHandover {
    private static final Logger log = LoggerFactory.getLogger(TaskHandover.class);

    private final ExecutorSupervisor supervisor;
    private final EventLoop loop;

    TaskHandover(ExecutorSupervisor supervisor, EventLoop loop) {
        this.supervisor = supervisor;
        this.loop = loop;
    }

    /** Hands over what waits, after what else has come. */
    void plan(ExecutorRun run) {
        if (!run.handoverPlanned && !run.waiting.isEmpty()) {
            run.handoverPlanned = true;
            loop.execute(() -> handOverAsPlanned(run));
        }
    }

    private void handOverAsPlanned(ExecutorRun run) {
        run.handoverPlanned = false;
        handOver(run);
    }

    /** Hands over at once what waits, for something is to come behind it; what comes later waits for the disk anew. */
    void handOver(ExecutorRun run) {
        if (run.phase != ExecutorRun.Phase.REGISTERED || run.connection == null) {
            return;
        }
        List<Handover> ready = new ArrayList<>();
        for (Handover next = run.waiting.poll(); next != null; next = run.waiting.poll()) {
            if (writeDown(run, next)) {
                ready.add(next);
            }
        }
        if (ready.isEmpty()) {
            return;
        }
        try {
            run.journal().force();
        } catch (IOException e) {
            ready.forEach(each -> drop(run, each, e));
            return;
        }
        for (Handover each : ready) {
            // The disk may have taken its time.
            if (each.leaseValid.getAsBoolean()) {
                each.outbound = supervisor
                        .send(run, each.message(), each.leaseValid, () -> loop.execute(() -> dropUnleased(run, each)))
                        .orElse(null);
            } else {
                dropUnleased(run, each);
            }
        }
        ExecutorSupervisor.rewriteIfLarge(run);
    }

    private boolean writeDown(ExecutorRun run, Handover next) {
        if (!next.leaseValid.getAsBoolean()) {
            dropUnleased(run, next);
            return false;
        }
        try {
            run.journal().append(next.message());
        } catch (IOException e) {
            drop(run, next, e);
            return false;
        }
        run.hadTasks = true;
        next.tasks.forEach(task -> task.handedOver = true);
        return true;
    }

    private void dropUnleased(ExecutorRun run, Handover handover) {
        TaskEnd end = TaskEnd.dropped(
                Reason.REASON_LEASE_EXPIRED, "the agent's lease had expired before the task could be handed over");
        handover.tasks.forEach(task -> supervisor.end(run, task, end));
    }

    private void drop(ExecutorRun run, Handover handover, IOException cause) {
        log.warn("tasks could not be handed to {}", run, cause);
        TaskEnd end = TaskEnd.dropped(
                Reason.REASON_CONTAINER_LAUNCH_FAILED, "the agent could not write down the task: " + cause);
        handover.tasks.forEach(task -> supervisor.end(run, task, end));
    }
}
