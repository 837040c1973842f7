package dev.millrace.agent;

import dev.millrace.contract.PortRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Ports as people write them. What is none is refused by an {@link IllegalArgumentException} that says why. */
final class PortText {
    /** What stands for no ports at all. */
    static final String NONE = "none";

    private static final int LAST_PORT = 65_535;

    private PortText() {}

    /** Ranges and single ports, such as {@code 31000-32000,8080}, or {@value #NONE}. */
    static List<PortRange> list(String text) {
        if (text.trim().equals(NONE)) {
            return List.of();
        }
        List<PortRange> ports = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            ports.add(range(part.trim()));
        }
        return ports;
    }

    /** A range or a single port. */
    static PortRange range(String value) {
        String[] ends = value.split("-", -1);
        if (ends.length > 2) {
            throw new IllegalArgumentException("write it as 8000-8999, or as 8000 for one port");
        }
        int first = port(ends[0]);
        int last = port(ends[ends.length - 1]);
        if (last < first) {
            throw new IllegalArgumentException("the first port must not be larger than the last");
        }
        return new PortRange(first, last);
    }

    /** The ranges in order; those that overlap are refused. */
    static List<PortRange> sorted(List<PortRange> ranges) {
        List<PortRange> ports = ranges.stream()
                .sorted(Comparator.comparingInt(PortRange::getFirst))
                .toList();
        for (int i = 1; i < ports.size(); i++) {
            if (ports.get(i).getFirst() <= ports.get(i - 1).getLast()) {
                throw new IllegalArgumentException("the ports " + text(ports.get(i - 1)) + " and " + text(ports.get(i))
                        + " overlap; each may be given once");
            }
        }
        return ports;
    }

    private static int port(String digits) {
        try {
            int port = Integer.parseInt(digits.trim());
            if (port >= 1 && port <= LAST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + digits.trim() + "' is not a port", e);
        }
        throw new IllegalArgumentException("ports are from 1 to " + LAST_PORT);
    }

    private static String text(PortRange range) {
        return range.getFirst() + "-" + range.getLast();
    }
}
