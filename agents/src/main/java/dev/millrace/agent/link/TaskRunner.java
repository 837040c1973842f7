package dev.millrace.agent.link;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.StopExecutor;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Runs the attempts that the scheduler placed on this agent, and tells an {@link ExecutorSink} what becomes of them. All methods are thread-safe
 * and return without waiting for disks, processes or the network.
 */
public interface TaskRunner extends AutoCloseable {

    /**
     * Takes a launch. The attempt is started if {@code leaseValid} says yes immediately before its process is made, else it is reported as
     * TASK_DROPPED. An attempt that is known here is ignored, unless the sink has acknowledged its end: then the name is used again, and the new
     * attempt is run, or reported as TASK_DROPPED if the runner cannot tell it from the earlier one.
     */
    void launch(LaunchTask launch, BooleanSupplier leaseValid);

    /** Takes a launch of several attempts of one executor, which gets all of them at once or none; else as {@link #launch}. */
    void launchGroup(LaunchTaskGroup group, BooleanSupplier leaseValid);

    /**
     * Ends an attempt: SIGTERM, the grace period, SIGKILL. The end of one that has ended is handed to the sink again, since the scheduler does not
     * seem to know of it; a kill for an unknown attempt is ignored.
     */
    void kill(KillTask kill);

    /**
     * The attempts whose end was not yet handed to the sink, as a registration lists them. An end that is handed over after this call and before
     * the registration is sent thus precedes a registration that still lists the attempt; the scheduler tells by the report sequence, or kills
     * the attempt, and is told the end again.
     */
    List<AgentTask> attempts();

    /** Ends an executor, and with it all its tasks. Of one that is not there the sink is told that it ended: the scheduler does not seem to know. */
    void stop(StopExecutor stop);

    /** Passes a message on to an executor that is connected now; to others it is lost. */
    void message(MessageToExecutor message);

    /** The executors whose end was not yet handed to the sink, as a registration lists them; what holds for {@link #attempts} holds here. */
    List<AgentExecutor> executors();

    /**
     * Stops watching. The tasks run on, and a later runner over the same work directory finds them; what tasks that are over left behind is seen to
     * before this returns.
     */
    @Override
    void close();
}
