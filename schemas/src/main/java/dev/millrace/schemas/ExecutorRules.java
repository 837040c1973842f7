package dev.millrace.schemas;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateAcknowledged;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;

/** The rules of executors, and which records an agent and an executor exchange over their socket. */
public final class ExecutorRules {
    /** What frameworks say in their own terms has so many bytes at the most. */
    public static final int MAX_DATA_BYTES = 65_536;

    /** What an executor sends to its agent. */
    public static final List<Class<? extends SpecificRecord>> FROM_EXECUTOR =
            List.of(RegisterExecutor.class, ExecutorUpdate.class, MessageFromExecutor.class);

    /** What an agent sends to an executor. */
    public static final List<Class<? extends SpecificRecord>> TO_EXECUTOR = List.of(
            ExecutorRegistered.class,
            LaunchTask.class,
            LaunchTaskGroup.class,
            KillTask.class,
            UpdateAcknowledged.class,
            MessageToExecutor.class,
            ExecutorShutdown.class);

    /** What an executor may say that a task is. */
    public static final Set<TaskState> UPDATE_STATES = Collections.unmodifiableSet(EnumSet.of(
            TaskState.TASK_STARTING,
            TaskState.TASK_RUNNING,
            TaskState.TASK_FINISHED,
            TaskState.TASK_FAILED,
            TaskState.TASK_KILLED,
            TaskState.TASK_ERROR));

    private static final int MAX_EXECUTORS = 1_000;
    private static final long MIN_TIMEOUT_MS = 1_000;

    private ExecutorRules() {}

    /**
     * May an executor say that a task is in a state, after what was said of it last? It may be starting once, before it runs; it may run as often
     * as is said; that it could not be begun may be said until it runs; and it ends once.
     *
     * @param last the state that was said last; {@code TASK_STAGING} = nothing was said
     */
    public static boolean mayFollow(TaskState last, TaskState next) {
        if (!UPDATE_STATES.contains(next)) {
            return false;
        }
        return switch (last) {
            case TASK_STAGING -> true;
            case TASK_STARTING -> next != TaskState.TASK_STARTING;
            case TASK_RUNNING -> next != TaskState.TASK_STARTING && next != TaskState.TASK_ERROR;
            default -> false;
        };
    }

    /** Is a task over that an executor says is in that state? */
    public static boolean isEnd(TaskState state) {
        return state != TaskState.TASK_STARTING && state != TaskState.TASK_RUNNING;
    }

    static void check(Faults faults, String field, ExecutorSpec executor) {
        IdRules.executor(faults, field + ".executorId", executor.getExecutorId());
        faults.line(field + ".name", executor.getName(), 0, 128);
        TaskRequestRules.command(faults, field + ".", executor.getShell(), executor.getArgv());
        TaskRequestRules.environment(faults, field + ".environment", executor.getEnvironment());
        TaskRequestRules.artifacts(faults, field + ".artifacts", executor.getArtifacts());
        if (executor.getUser() != null) {
            faults.line(field + ".user", executor.getUser(), 1, 32);
        }
        ResourceRules.check(faults, field + ".resources", executor.getResources());
        plain(faults, field + ".resources", executor.getResources());
        faults.range(
                field + ".registrationTimeoutMs",
                executor.getRegistrationTimeoutMs(),
                MIN_TIMEOUT_MS,
                TaskRequestRules.DAY_MS);
        faults.range(
                field + ".reregistrationTimeoutMs",
                executor.getReregistrationTimeoutMs(),
                MIN_TIMEOUT_MS,
                TaskRequestRules.DAY_MS);
        faults.range(
                field + ".recoveryTimeoutMs", executor.getRecoveryTimeoutMs(), MIN_TIMEOUT_MS, TaskRequestRules.DAY_MS);
        faults.range(
                field + ".shutdownGracePeriodMs",
                executor.getShutdownGracePeriodMs(),
                0,
                TaskRequestRules.MAX_GRACE_MS);
        data(faults, field + ".data", executor.getData());
    }

    static void check(Faults faults, ExecutorEnded ended) {
        IdRules.framework(faults, "frameworkId", ended.getFrameworkId());
        IdRules.executor(faults, "executorId", ended.getExecutorId());
        faults.range("exitCode", ended.getExitCode(), 0, 255);
        faults.range("signal", ended.getSignal(), 1, 127);
        if (ended.getExitCode() != null && ended.getSignal() != null) {
            faults.add("exitCode and signal are both given: a process ends by one of them");
        }
        faults.text("message", ended.getMessage(), 0, 4_096);
    }

    static void check(Faults faults, MessageFromExecutor message) {
        IdRules.framework(faults, "frameworkId", message.getFrameworkId());
        IdRules.executor(faults, "executorId", message.getExecutorId());
        data(faults, "data", message.getData());
    }

    /** The executors that an agent lists. */
    static void listed(Faults faults, List<AgentExecutor> executors) {
        faults.size("executors", executors, MAX_EXECUTORS);
        Set<Object> seen = new HashSet<>();
        for (int i = 0; i < executors.size(); i++) {
            AgentExecutor executor = executors.get(i);
            String field = "executors[" + i + "]";
            IdRules.framework(faults, field + ".frameworkId", executor.getFrameworkId());
            IdRules.executor(faults, field + ".executorId", executor.getExecutorId());
            ResourceRules.check(faults, field + ".resources", executor.getResources());
            plain(faults, field + ".resources", executor.getResources());
            if (!seen.add(List.of(executor.getFrameworkId(), executor.getExecutorId()))) {
                faults.add(field + " is there before: must not be there twice");
            }
        }
    }

    static void data(Faults faults, String field, ByteBuffer data) {
        if (data.remaining() > MAX_DATA_BYTES) {
            faults.add(field + " has " + data.remaining() + " bytes: may have at most " + MAX_DATA_BYTES);
        }
    }

    private static void plain(Faults faults, String field, Resources resources) {
        if (resources.getGpuMillis() != 0
                || !resources.getPorts().isEmpty()
                || !resources.getScalars().isEmpty()) {
            faults.add(field + " name GPUs, ports or scalars: an executor itself may need cpus, memory and disk only");
        }
    }
}
