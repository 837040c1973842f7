package dev.millrace.cli.up;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.HostInfo;
import dev.millrace.cli.output.Human;
import dev.millrace.contract.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * This machine, as its agents share it.
 *
 * @param whole what one agent would offer that had it alone
 */
public record LocalMachine(Resources whole) {
    /** However small the machine is, a small task has room on an agent. */
    private static final long LEAST_CPU_MILLIS = 500;

    /** What the agents with work directories in that one have. */
    public static LocalMachine detect(Path dataDir) throws IOException {
        return new LocalMachine(HostInfo.detect(dataDir).resources());
    }

    /** What each of so many agents offers: an equal part. */
    AgentShape share(int agents) {
        return new AgentShape(
                Map.of(
                        "cpus", cpuMillis(agents),
                        "memory", whole.getMemMib() / agents,
                        "disk", whole.getDiskMib() / agents),
                Map.of(),
                Map.of());
    }

    /** The most agents, from 1 to {@code most}, each of which has room for the largest of the needs, as far as the whole machine has. */
    public int agentsFor(Collection<Resources> needs, int most) {
        int agents = most;
        while (agents > 1 && !allFit(needs, agents)) {
            agents--;
        }
        return agents;
    }

    private boolean allFit(Collection<Resources> needs, int agents) {
        return needs.stream()
                .allMatch(need -> need.getCpuMillis() <= cpuMillis(agents)
                        && need.getMemMib() <= whole.getMemMib() / agents
                        && need.getDiskMib() <= whole.getDiskMib() / agents);
    }

    private long cpuMillis(int agents) {
        return Math.max(LEAST_CPU_MILLIS, whole.getCpuMillis() / agents);
    }

    /** Of which resources the whole machine has less than is needed, in words; empty if it has room. */
    public List<String> lacking(Resources need) {
        List<String> lacking = new ArrayList<>();
        if (need.getCpuMillis() > cpuMillis(1)) {
            lacking.add(Human.milli(need.getCpuMillis()) + " cpus of " + Human.milli(cpuMillis(1)));
        }
        if (need.getMemMib() > whole.getMemMib()) {
            lacking.add(Human.mib(need.getMemMib()) + " memory of " + Human.mib(whole.getMemMib()));
        }
        if (need.getDiskMib() > whole.getDiskMib()) {
            lacking.add(Human.mib(need.getDiskMib()) + " disk of " + Human.mib(whole.getDiskMib()));
        }
        if (need.getGpuMillis() > whole.getGpuMillis()) {
            lacking.add(Human.milli(need.getGpuMillis()) + " gpus of " + Human.milli(whole.getGpuMillis()));
        }
        need.getScalars().stream()
                .filter(scalar -> scalar.getMilli() > 0)
                .forEach(scalar -> lacking.add(Human.milli(scalar.getMilli()) + " " + scalar.getName() + " of 0"));
        return lacking;
    }
}
