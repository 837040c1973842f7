package dev.millrace.agent.executor;

import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import java.util.Objects;

/** Which executor of this agent is meant, whichever process it is by now. */
record ExecutorKey(String frameworkId, String executorId) {

    /** The executor of a launch that has one. */
    static ExecutorKey of(LaunchTask launch) {
        ExecutorSpec executor = Objects.requireNonNull(launch.getRequest().getExecutor());
        return new ExecutorKey(launch.getFrameworkId(), executor.getExecutorId());
    }

    @Override
    public String toString() {
        return "executor " + executorId + " of " + frameworkId;
    }
}
