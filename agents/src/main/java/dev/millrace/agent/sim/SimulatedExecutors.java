package dev.millrace.agent.sim;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Resources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The executors of a simulated agent: names that occupy resources. One begins with its first task, and ends when it is stopped. Mutable; owned by
 * the link's thread.
 */
final class SimulatedExecutors {
    private final Map<Key, Resources> resources = new LinkedHashMap<>();

    /** Which executor. */
    record Key(String frameworkId, String executorId) {
        /** The executor of a launch; empty if it has none. */
        static Optional<Key> of(LaunchTask launch) {
            ExecutorSpec executor = launch.getRequest().getExecutor();
            return executor == null
                    ? Optional.empty()
                    : Optional.of(new Key(launch.getFrameworkId(), executor.getExecutorId()));
        }
    }

    /** A task was launched. */
    void begin(LaunchTask launch) {
        ExecutorSpec executor = launch.getRequest().getExecutor();
        if (executor != null) {
            resources.putIfAbsent(new Key(launch.getFrameworkId(), executor.getExecutorId()), executor.getResources());
        }
    }

    /** Ends an executor, if it is there. */
    void end(Key key) {
        resources.remove(key);
    }

    List<AgentExecutor> list() {
        List<AgentExecutor> listed = new ArrayList<>(resources.size());
        resources.forEach((key, needs) -> listed.add(new AgentExecutor(key.frameworkId(), key.executorId(), needs)));
        return listed;
    }
}
