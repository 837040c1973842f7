package dev.millrace.core;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The executors of a simulated agent. Like its tasks they outlive it, and their ends are kept until they are in the log. */
final class SimulatedExecutors {
    private static final class Running {
        final String frameworkId;
        final ExecutorSpec spec;
        boolean ending;
        /** What is to be started once it has ended. */
        final List<Runnable> waiting = new ArrayList<>();

        Running(String frameworkId, ExecutorSpec spec) {
            this.frameworkId = frameworkId;
            this.spec = spec;
        }
    }

    private final String pool;
    private final String agentId;
    private final TreeMap<String, Running> running = new TreeMap<>();
    private final List<ExecutorEnded> ended = new ArrayList<>();

    SimulatedExecutors(String pool, String agentId) {
        this.pool = pool;
        this.agentId = agentId;
    }

    void clear() {
        running.clear();
        ended.clear();
    }

    /** Begins an executor unless there is one. False = the one that there is is ending, and then that is done after its end. */
    boolean begin(String frameworkId, ExecutorSpec spec, Runnable afterItsEnd) {
        Running executor = running.computeIfAbsent(
                Executor.key(frameworkId, spec.getExecutorId()), key -> new Running(frameworkId, spec));
        if (executor.ending) {
            executor.waiting.add(afterItsEnd);
        }
        return !executor.ending;
    }

    /** Notes that an executor is to end. False = there is none that is not ending already. */
    boolean stop(String key) {
        Running executor = running.get(key);
        if (executor == null || executor.ending) {
            return false;
        }
        executor.ending = true;
        return true;
    }

    boolean isThere(String key) {
        return running.containsKey(key);
    }

    /** An executor's process is over, and so are its tasks. What is returned waited for that. */
    List<Runnable> end(String key) {
        return running.remove(key).waiting;
    }

    /** That an executor is over, or never was, is kept until it is in the log. */
    ExecutorEnded over(String key) {
        String[] ids = key.split("/", 2);
        ExecutorEnded end = ExecutorEnded.newBuilder()
                .setPool(pool)
                .setAgentId(agentId)
                .setFrameworkId(ids[0])
                .setExecutorId(ids[1])
                .build();
        ended.add(end);
        return end;
    }

    /** The ends that may not be in the log. */
    List<ExecutorEnded> ends() {
        return List.copyOf(ended);
    }

    void reported(ExecutorEnded end) {
        ended.remove(end);
    }

    /** What those need that run. */
    List<Resources> needs() {
        return running.values().stream()
                .map(executor -> executor.spec.getResources())
                .toList();
    }

    List<AgentExecutor> listed() {
        return running.values().stream()
                .map(executor -> new AgentExecutor(
                        executor.frameworkId, executor.spec.getExecutorId(), executor.spec.getResources()))
                .toList();
    }
}
