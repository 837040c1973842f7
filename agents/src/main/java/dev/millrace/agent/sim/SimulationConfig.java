package dev.millrace.agent.sim;

import dev.millrace.agent.AgentConfig;
import dev.millrace.client.ClusterConfig;
import java.util.List;

/**
 * What simulated agents there are, and what becomes of the tasks that are placed on them.
 *
 * @param cluster the cluster, and how to connect to it
 * @param pool the agents' pool
 * @param name what the agents' ids begin with; {@code sim} gives {@code sim-00000}, {@code sim-00001} and so on
 * @param fleets the agents; {@value #MAX_AGENTS} at most
 * @param runTime how long tasks run that do not say so themselves, by their label {@value SimulatedRunner#RUN_MS_LABEL}
 * @param failureRate how many of the tasks fail, from 0 (none) to 1 (all)
 * @param mishaps what goes wrong with the agents
 * @param emptyLogs tasks that ran have logs, which are empty, as readers of logs wait for them; else there are no logs at all, which costs less
 * @param seed run times, failures and mishaps are drawn from this
 */
public record SimulationConfig(
        ClusterConfig cluster,
        String pool,
        String name,
        List<Fleet> fleets,
        RunTime runTime,
        double failureRate,
        Mishaps mishaps,
        boolean emptyLogs,
        long seed) {
    static final String DEFAULT_NAME = "sim";
    static final long DEFAULT_SEED = 1;

    /** The most agents that one process plays. */
    public static final int MAX_AGENTS = 20_000;

    /** Refuses what can't be simulated. */
    public SimulationConfig {
        fleets = List.copyOf(fleets);
        int agents = Fleet.count(fleets);
        if (agents < 1 || agents > MAX_AGENTS) {
            throw new IllegalArgumentException("one process plays 1 to " + MAX_AGENTS + " agents, not " + agents);
        }
        if (!(failureRate >= 0 && failureRate <= 1)) {
            throw new IllegalArgumentException("the failure rate is " + failureRate + ": must be from 0 to 1");
        }
    }

    /** Agents of the default pool to which nothing happens, and whose tasks all run for that time and end well, without logs. */
    public static SimulationConfig of(ClusterConfig cluster, List<Fleet> fleets, RunTime runTime) {
        return new SimulationConfig(
                cluster, AgentConfig.DEFAULT_POOL, DEFAULT_NAME, fleets, runTime, 0, Mishaps.NONE, false, DEFAULT_SEED);
    }

    /** The same in another pool, with ids that begin otherwise. */
    public SimulationConfig withAgents(String otherPool, String otherName) {
        return new SimulationConfig(
                cluster, otherPool, otherName, fleets, runTime, failureRate, mishaps, emptyLogs, seed);
    }

    /** The same with other misfortunes. */
    public SimulationConfig withMisfortunes(double otherFailureRate, Mishaps otherMishaps) {
        return new SimulationConfig(
                cluster, pool, name, fleets, runTime, otherFailureRate, otherMishaps, emptyLogs, seed);
    }

    /** The same, with the empty logs of tasks that say nothing. */
    public SimulationConfig withEmptyLogs() {
        return new SimulationConfig(cluster, pool, name, fleets, runTime, failureRate, mishaps, true, seed);
    }

    /** The same drawn from another seed. */
    public SimulationConfig withSeed(long otherSeed) {
        return new SimulationConfig(cluster, pool, name, fleets, runTime, failureRate, mishaps, emptyLogs, otherSeed);
    }
}
