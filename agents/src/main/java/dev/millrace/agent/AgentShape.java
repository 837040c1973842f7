package dev.millrace.agent;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an agent has to give, as people write it: {@code
 * cpus=16,memory=64GiB,disk=1TiB,gpus=2,ports=8000-8999,ports=9100,scalar.licences=3,attr.rack=r1}. What is not named is left to whoever uses the
 * shape; {@code ports=none} names that there are none.
 *
 * @param amounts by name ({@code cpus}, {@code memory}, {@code disk}, {@code gpus}): milli-units, or MiB for memory and disk
 * @param scalars custom resources by name, in milli-units
 * @param attributes attributes by name
 * @param ports ports, without overlap; null = not named
 * @param reservations what of it is kept for roles, each role with the same labels once
 */
public record AgentShape(
        Map<String, Long> amounts,
        Map<String, Long> scalars,
        Map<String, String> attributes,
        @Nullable List<PortRange> ports,
        List<Reservation> reservations) {
    private static final String GPUS = "gpus";
    private static final String PORTS = "ports";
    private static final String SCALAR = "scalar.";
    private static final String ATTRIBUTE = "attr.";
    private static final long GPU_DEVICE_MILLIS = 1_000;

    /** The shape that names nothing. */
    public static final AgentShape EMPTY = new AgentShape(Map.of(), Map.of(), Map.of(), null, List.of());

    /** A shape of its own copies, each sorted. */
    public AgentShape {
        amounts = sorted(amounts);
        scalars = sorted(scalars);
        attributes = sorted(attributes);
        ports = ports == null ? null : PortText.sorted(ports);
        reservations = ReservationText.sorted(reservations);
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
        @Nullable List<PortRange> ports = null;
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
                    isNew = scalars.put(name.substring(SCALAR.length()), AmountText.milli(value)) == null;
                } else if (name.equals(PORTS)) {
                    ports = ports == null ? new ArrayList<>() : ports;
                    isNew = value.equals(PortText.NONE) || ports.add(PortText.range(value));
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
        return new AgentShape(amounts, scalars, attributes, ports, List.of());
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
        return new AgentShape(amounts, scalars, more, ports, reservations);
    }

    /**
     * This shape with ports.
     *
     * @param text ranges and single ports, such as {@code 31000-32000,8080}, or {@code none}
     * @throws IllegalArgumentException if it is not written so, or the shape names its ports
     */
    public AgentShape withPorts(String text) {
        if (ports != null) {
            throw new IllegalArgumentException("the ports are given twice");
        }
        try {
            return withPorts(PortText.list(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "': " + e.getMessage(), e);
        }
    }

    /** This shape with these ports. */
    public AgentShape withPorts(List<PortRange> otherPorts) {
        return new AgentShape(amounts, scalars, attributes, otherPorts, reservations);
    }

    /**
     * This shape with so many GPU devices.
     *
     * @throws IllegalArgumentException if there can't be so many, or the shape names their number
     */
    public AgentShape withGpus(int devices) {
        if (devices < 0 || devices > GpuDevices.MAX_DEVICES) {
            throw new IllegalArgumentException("an agent has 0 to " + GpuDevices.MAX_DEVICES + " GPUs, not " + devices);
        }
        Map<String, Long> more = new TreeMap<>(amounts);
        if (more.put(GPUS, devices * GPU_DEVICE_MILLIS) != null) {
            throw new IllegalArgumentException("the GPUs are given twice");
        }
        return new AgentShape(more, scalars, attributes, ports, reservations);
    }

    /**
     * This shape with one more reservation.
     *
     * @param text {@code ROLE:cpus=2,memory=4GiB}, with labels {@code ROLE:cpus=2;NAME=VALUE;NAME=VALUE}
     * @throws IllegalArgumentException if it is not written so, or the shape has one for that role with these labels
     */
    public AgentShape withReservation(String text) {
        List<Reservation> more = new ArrayList<>(reservations);
        more.add(ReservationText.parse(text));
        return new AgentShape(amounts, scalars, attributes, ports, more);
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
                amounts.getOrDefault(GPUS, others.getGpuMillis()),
                ports == null ? others.getPorts() : ports,
                quantities);
    }

    /**
     * This shape's reservations, sorted by role and labels.
     *
     * @throws IllegalArgumentException if they are more than {@code offered}
     */
    public List<Reservation> reservations(Resources offered) {
        ReservationText.requireWithin(reservations, offered);
        return reservations;
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
            case "cpus" -> AmountText.milli(value);
            case GPUS -> devices(AmountText.milli(value));
            case "memory", "disk" -> AmountText.mebibytes(value);
            default ->
                throw new IllegalArgumentException(
                        "no such resource; there are cpus, memory, disk, gpus, ports, scalar.NAME and attr.NAME");
        };
    }

    private static long devices(long gpuMillis) {
        if (gpuMillis % GPU_DEVICE_MILLIS != 0) {
            throw new IllegalArgumentException("an agent has whole GPU devices");
        }
        return gpuMillis;
    }

    private static <V> SortedMap<String, V> sorted(Map<String, V> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }
}
