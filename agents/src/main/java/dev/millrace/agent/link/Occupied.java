package dev.millrace.agent.link;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What an attempt occupies from its launch on: what its request asks for, with the ports that the scheduler chose for it. */
public final class Occupied {
    private Occupied() {}

    /** As registrations list it: all ports of the attempt are in it, the request's own and the given ones, in as few ranges as they make. */
    public static Resources resources(LaunchTask launch) {
        Resources needs = launch.getRequest().getResources();
        if (launch.getPorts().isEmpty()) {
            return needs;
        }
        Stream<PortRange> given = launch.getPorts().stream().map(port -> new PortRange(port, port));
        return Resources.newBuilder(needs)
                .setPorts(merged(Stream.concat(needs.getPorts().stream(), given).toList()))
                .build();
    }

    /**
     * The first so many ports of the attempt. Those that it was given come first, since its author knows the others' numbers already; each of
     * the two kinds is sorted, and no port comes twice.
     */
    public static List<Integer> ports(LaunchTask launch, int atMost) {
        IntStream given = launch.getPorts().stream().mapToInt(Integer::intValue).sorted();
        IntStream own = launch.getRequest().getResources().getPorts().stream()
                .flatMapToInt(range -> IntStream.rangeClosed(range.getFirst(), range.getLast()));
        return IntStream.concat(given, own).distinct().limit(atMost).boxed().toList();
    }

    private static List<PortRange> merged(List<PortRange> ranges) {
        List<PortRange> merged = new ArrayList<>();
        for (PortRange next : ranges.stream()
                .sorted(Comparator.comparingInt(PortRange::getFirst))
                .toList()) {
            int end = merged.size() - 1;
            if (end < 0 || next.getFirst() > merged.get(end).getLast() + 1) {
                merged.add(next);
            } else if (next.getLast() > merged.get(end).getLast()) {
                merged.set(end, new PortRange(merged.get(end).getFirst(), next.getLast()));
            }
        }
        return List.copyOf(merged);
    }
}
