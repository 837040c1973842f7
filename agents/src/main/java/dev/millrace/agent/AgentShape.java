package dev.millrace.agent;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an agent has to give, as people write it: {@code
 * cpus=16,memory=64GiB,disk=1TiB,gpus=2,ports=8000-8999,ports=9100,scalar.licences=3,attr.rack=r1}. What is not named is left to whoever uses the
 * shape.
 *
 * @param amounts by name ({@code cpus}, {@code memory}, {@code disk}, {@code gpus}): milli-units, or MiB for memory and disk
 * @param scalars custom resources by name, in milli-units
 * @param attributes attributes by name
 * @param ports ports, without overlap
 */
public record AgentShape(
        Map<String, Long> amounts, Map<String, Long> scalars, Map<String, String> attributes, List<PortRange> ports) {
    private static final String PORTS = "ports";
    private static final int LAST_PORT = 65_535;
    private static final String SCALAR = "scalar.";
    private static final String ATTRIBUTE = "attr.";

    /** The shape that names nothing. */
    public static final AgentShape EMPTY = new AgentShape(Map.of(), Map.of(), Map.of());

    /** A shape of its own copies, each sorted by name. */
    public AgentShape {
        amounts = sorted(amounts);
        scalars = sorted(scalars);
        attributes = sorted(attributes);
        ports = ports.stream()
                .sorted(Comparator.comparingInt(PortRange::getFirst))
                .toList();
        for (int i = 1; i < ports.size(); i++) {
            if (ports.get(i).getFirst() <= ports.get(i - 1).getLast()) {
                throw new IllegalArgumentException("the ports " + text(ports.get(i - 1)) + " and " + text(ports.get(i))
                        + " overlap; each may be given once");
            }
        }
    }

    /** A shape without ports. */
    public AgentShape(Map<String, Long> amounts, Map<String, Long> scalars, Map<String, String> attributes) {
        this(amounts, scalars, attributes, List.of());
    }

    /**
     * Reads a shape.
     *
     * @throws IllegalArgumentException naming every part that can't be read
     */
    public static AgentShape parse(String text) {
        Map<String, Long> amounts = new TreeMap<>();
        Map<String, Long> scalars = new TreeMap<>();
        Map<String, String> attributes = new TreeMap<>();
        List<PortRange> ports = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String name = (equals < 0 ? part : part.substring(0, equals)).trim();
            String value = equals < 0 ? "" : part.substring(equals + 1).trim();
            boolean isNew;
            try {
                if (equals < 0 || name.isEmpty() || value.isEmpty()) {
                    throw new IllegalArgumentException("write it as NAME=VALUE");
                } else if (name.startsWith(ATTRIBUTE)) {
                    isNew = attributes.put(name.substring(ATTRIBUTE.length()), value) == null;
                } else if (name.startsWith(SCALAR)) {
                    isNew = scalars.put(name.substring(SCALAR.length()), milli(value)) == null;
                } else if (name.equals(PORTS)) {
                    isNew = ports.add(portRange(value));
                } else {
                    isNew = amounts.put(name, amount(name, value)) == null;
                }
                if (!isNew) {
                    throw new IllegalArgumentException("it is given twice");
                }
            } catch (IllegalArgumentException e) {
                faults.add("'" + part.trim() + "': " + e.getMessage());
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return new AgentShape(amounts, scalars, attributes, ports);
    }

    /**
     * This shape with one more attribute.
     *
     * @param text {@code NAME=VALUE}; the value may contain anything
     * @throws IllegalArgumentException if it is not written so, or the shape has that attribute
     */
    public AgentShape withAttribute(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("attribute '" + text + "': write it as NAME=VALUE");
        }
        Map<String, String> more = new TreeMap<>(attributes);
        if (more.put(text.substring(0, equals), text.substring(equals + 1)) != null) {
            throw new IllegalArgumentException("attribute '" + text + "': it is given twice");
        }
        return new AgentShape(amounts, scalars, more, ports);
    }

    /** This shape's resources, and from {@code others} what it does not name. */
    public Resources resources(Resources others) {
        SortedMap<String, Long> all = new TreeMap<>();
        others.getScalars().forEach(scalar -> all.put(scalar.getName(), scalar.getMilli()));
        all.putAll(scalars);
        List<ScalarQuantity> quantities = all.entrySet().stream()
                .map(scalar -> new ScalarQuantity(scalar.getKey(), scalar.getValue()))
                .toList();
        return new Resources(
                amounts.getOrDefault("cpus", others.getCpuMillis()),
                amounts.getOrDefault("memory", others.getMemMib()),
                amounts.getOrDefault("disk", others.getDiskMib()),
                amounts.getOrDefault("gpus", others.getGpuMillis()),
                ports.isEmpty() ? others.getPorts() : ports,
                quantities);
    }

    /** This shape's attributes, and from {@code others} what it does not name, sorted by key. */
    public List<KeyValue> attributes(Map<String, String> others) {
        SortedMap<String, String> all = new TreeMap<>(others);
        all.putAll(attributes);
        return all.entrySet().stream()
                .map(attribute -> new KeyValue(attribute.getKey(), attribute.getValue()))
                .toList();
    }

    private static long amount(String name, String value) {
        return switch (name) {
            case "cpus", "gpus" -> milli(value);
            case "memory", "disk" -> mebibytes(value);
            default ->
                throw new IllegalArgumentException(
                        "no such resource; there are cpus, memory, disk, gpus, ports, scalar.NAME and attr.NAME");
        };
    }

    private static PortRange portRange(String value) {
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

    private static long milli(String value) {
        return whole(number(value, value).movePointRight(3), value, "at most three decimal places");
    }

    private static long mebibytes(String value) {
        int unitBegins = value.length();
        while (unitBegins > 0 && Character.isLetter(value.charAt(unitBegins - 1))) {
            unitBegins--;
        }
        String unit = value.substring(unitBegins);
        long factor = mibPer(unit)
                .orElseThrow(() -> new IllegalArgumentException("the unit must be MiB, GiB or TiB, as in 512MiB"));
        BigDecimal number = number(value.substring(0, unitBegins).trim(), value);
        return whole(number.multiply(BigDecimal.valueOf(factor)), value, "a whole number of MiB");
    }

    private static Optional<Long> mibPer(String unit) {
        return switch (unit) {
            case "MiB" -> Optional.of(1L);
            case "GiB" -> Optional.of(1L << 10);
            case "TiB" -> Optional.of(1L << 20);
            default -> Optional.empty();
        };
    }

    private static BigDecimal number(String digits, String value) {
        // The length is bounded because the cost of exact arithmetic is not.
        if (digits.length() > 20 || digits.contains("e") || digits.contains("E")) {
            throw new IllegalArgumentException("'" + value + "' is not a plain number");
        }
        BigDecimal number;
        try {
            number = new BigDecimal(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + value + "' is not a number", e);
        }
        if (number.signum() < 0) {
            throw new IllegalArgumentException("it must not be negative");
        }
        return number;
    }

    private static long whole(BigDecimal number, String value, String rule) {
        try {
            return number.longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + value + "' must be " + rule, e);
        }
    }

    private static <V> SortedMap<String, V> sorted(Map<String, V> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }
}
