package dev.millrace.cli.job;

import dev.millrace.contract.PortRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;

/** Reads the network ports that a task needs: how many of the agent's choice, and which very ones. */
final class PortsReader {
    private static final int MAX_COUNT = 1_000;
    private static final int MAX_PORT = 65_535;
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");

    private PortsReader() {}

    /**
     * The ports.
     *
     * @param count how many of the agent's choice
     * @param these which very ones, sorted
     */
    record Ports(int count, List<PortRange> these) {}

    /** A number, or a mapping of {@code count} and {@code these}. */
    static Ports read(Mapping resources) {
        if (resources.value("ports").filter(MappingNode.class::isInstance).isEmpty()) {
            return new Ports(resources.integer("ports", 0, MAX_COUNT).orElse(0), List.of());
        }
        return resources.mapping("ports").map(PortsReader::both).orElseThrow();
    }

    private static Ports both(Mapping ports) {
        int count = ports.integer("count", 0, MAX_COUNT).orElse(0);
        var these =
                new ArrayList<>(ports.parsedTexts("these", PortsReader::range).orElse(List.of()));
        these.sort(Comparator.comparingInt(PortRange::getFirst));
        for (int i = 1; i < these.size(); i++) {
            if (these.get(i).getFirst() <= these.get(i - 1).getLast()) {
                ports.fault("these", "'these' has port " + these.get(i).getFirst() + " twice");
            }
        }
        ports.refuseOthers(Set.of());
        return new Ports(count, these);
    }

    private static PortRange range(String text) {
        var matcher = RANGE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no port; write 8080, or 8000-8009 for ten of them");
        }
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        if (first < 1 || last > MAX_PORT || last < first) {
            throw new IllegalArgumentException("'" + text + "' must be of 1 to 65535, the first not above the last");
        }
        return new PortRange(first, last);
    }
}
