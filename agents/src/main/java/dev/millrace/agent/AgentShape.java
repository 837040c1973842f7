package dev.millrace.agent;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an agent has to give, as people write it: {@code cpus=16,memory=64GiB,disk=1TiB,gpus=2,scalar.licences=3,attr.rack=r1}. What is not
 * named is left to whoever uses the shape.
 *
 * @param amounts by name ({@code cpus}, {@code memory}, {@code disk}, {@code gpus}): milli-units, or MiB for memory and disk
 * @param scalars custom resources by name, in milli-units
 * @param attributes attributes by name
 */
public record AgentShape(Map<String, Long> amounts, Map<String, Long> scalars, Map<String, String> attributes) {
    private static final String SCALAR = "scalar.";
    private static final String ATTRIBUTE = "attr.";

    /** The shape that names nothing. */
    public static final AgentShape EMPTY = new AgentShape(Map.of(), Map.of(), Map.of());

    /** A shape of its own copies, each sorted by name. */
    public AgentShape {
        amounts = sorted(amounts);
        scalars = sorted(scalars);
        attributes = sorted(attributes);
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
        return new AgentShape(amounts, scalars, attributes);
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
        return new AgentShape(amounts, scalars, more);
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
                others.getPorts(),
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
                        "no such resource; there are cpus, memory, disk, gpus, scalar.NAME and attr.NAME");
        };
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
