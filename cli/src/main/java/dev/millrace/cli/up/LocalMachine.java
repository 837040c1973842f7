package dev.millrace.cli.up;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.HostInfo;
import dev.millrace.cli.output.Human;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
        return detect(dataDir, AgentShape.EMPTY);
    }

    /** The same; what {@code offer} names is as it says. */
    static LocalMachine detect(Path dataDir, AgentShape offer) throws IOException {
        return new LocalMachine(offer.resources(HostInfo.detect(dataDir).resources()));
    }

    /**
     * What the agent of that number, from 1, offers of so many: an equal part. The first has all GPUs, since each agent counts its devices from 0.
     */
    AgentShape share(int number, int agents) {
        return new AgentShape(
                Map.of(
                        "cpus",
                        cpuMillis(agents),
                        "memory",
                        whole.getMemMib() / agents,
                        "disk",
                        whole.getDiskMib() / agents,
                        "gpus",
                        number == 1 ? whole.getGpuMillis() : 0),
                Map.of(),
                Map.of(),
                ports(number, agents),
                List.of());
    }

    /** The ports one after the other, cut into equal parts. */
    private List<PortRange> ports(int number, int agents) {
        long ports = whole.getPorts().stream().mapToLong(LocalMachine::size).sum();
        long begin = ports * (number - 1) / agents;
        long end = ports * number / agents;
        List<PortRange> part = new ArrayList<>();
        long before = 0;
        for (var range : whole.getPorts()) {
            int first = range.getFirst() + (int) Math.max(0, begin - before);
            int last = range.getLast() - (int) Math.max(0, before + size(range) - end);
            if (first <= last) {
                part.add(new PortRange(first, last));
            }
            before += size(range);
        }
        return part;
    }

    private static int size(PortRange range) {
        return range.getLast() - range.getFirst() + 1;
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
                        && need.getDiskMib() <= whole.getDiskMib() / agents
                        && oneHas(need.getPorts(), agents));
    }

    private boolean oneHas(List<PortRange> ports, int agents) {
        return IntStream.rangeClosed(1, agents)
                .anyMatch(number -> outside(ports, ports(number, agents)).isEmpty());
    }

    /** Those of the needed ranges that are not wholly in one of the others. */
    private static List<PortRange> outside(List<PortRange> needed, List<PortRange> ranges) {
        return needed.stream()
                .filter(need -> ranges.stream()
                        .noneMatch(range -> range.getFirst() <= need.getFirst() && need.getLast() <= range.getLast()))
                .toList();
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
        for (var range : outside(need.getPorts(), whole.getPorts())) {
            lacking.add(
                    "port " + text(range) + " of " + (whole.getPorts().isEmpty() ? "none" : text(whole.getPorts())));
        }
        need.getScalars().stream()
                .filter(scalar -> scalar.getMilli() > 0)
                .forEach(scalar -> lacking.add(Human.milli(scalar.getMilli()) + " " + scalar.getName() + " of 0"));
        return lacking;
    }

    private static String text(List<PortRange> ranges) {
        return ranges.stream().map(LocalMachine::text).collect(Collectors.joining(","));
    }

    private static String text(PortRange range) {
        return range.getFirst() == range.getLast() ? "" + range.getFirst() : range.getFirst() + "-" + range.getLast();
    }
}
