package dev.millrace.core;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.RequestClasses;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/**
 * An amount of every resource as plain numbers, for arithmetic; of ports it is the number. The custom resources are those that
 * the amount was made with: adding or subtracting others changes nothing, which is right for an agent that has none of them. Mutable;
 * owned by the stream thread.
 */
final class Amount {
    long cpuMillis;
    long memMib;
    long diskMib;
    long gpuMillis;
    long ports;
    private final String[] scalarNames;
    private final long[] scalarMillis;

    private Amount(String[] scalarNames, long[] scalarMillis) {
        this.scalarNames = scalarNames;
        this.scalarMillis = scalarMillis;
    }

    static Amount of(Resources resources) {
        List<ScalarQuantity> scalars = resources.getScalars();
        String[] names = new String[scalars.size()];
        long[] millis = new long[scalars.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = scalars.get(i).getName();
            millis[i] = scalars.get(i).getMilli();
        }
        Amount amount = new Amount(names, millis);
        amount.cpuMillis = resources.getCpuMillis();
        amount.memMib = resources.getMemMib();
        amount.diskMib = resources.getDiskMib();
        amount.gpuMillis = resources.getGpuMillis();
        amount.ports = Ports.count(resources.getPorts());
        return amount;
    }

    /** What a task needs, with the ports of the agent's choice. */
    static Amount of(TaskRequest request) {
        Amount amount = of(request.getResources());
        amount.ports += request.getPortCount();
        return amount;
    }

    static Amount zero() {
        return new Amount(new String[0], new long[0]);
    }

    /** All of them together, with every custom resource that any of them has. */
    static Amount sum(Iterable<Amount> amounts) {
        TreeSet<String> names = new TreeSet<>();
        for (Amount amount : amounts) {
            Collections.addAll(names, amount.scalarNames);
        }
        Amount sum = new Amount(names.toArray(new String[0]), new long[names.size()]);
        for (Amount amount : amounts) {
            sum.add(amount);
        }
        return sum;
    }

    /** The names of the custom resources that it was made with and of which there is something. */
    List<String> scalars() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < scalarNames.length; i++) {
            addIf(scalarMillis[i] > 0, scalarNames[i], names);
        }
        return names;
    }

    Amount copy() {
        Amount copy = new Amount(scalarNames, scalarMillis.clone());
        copy.cpuMillis = cpuMillis;
        copy.memMib = memMib;
        copy.diskMib = diskMib;
        copy.gpuMillis = gpuMillis;
        copy.ports = ports;
        return copy;
    }

    /** Nothing, of the same custom resources. */
    Amount nothing() {
        return new Amount(scalarNames, new long[scalarNames.length]);
    }

    /** Whether there is at least this much of every kind. Of what is not needed there may be less than nothing. */
    boolean covers(Amount need) {
        if (lacks(need.cpuMillis, cpuMillis)
                || lacks(need.memMib, memMib)
                || lacks(need.diskMib, diskMib)
                || lacks(need.gpuMillis, gpuMillis)
                || lacks(need.ports, ports)) {
            return false;
        }
        for (int i = 0; i < need.scalarNames.length; i++) {
            if (lacks(need.scalarMillis[i], scalar(need.scalarNames[i]))) {
                return false;
            }
        }
        return true;
    }

    /** Whether so much is needed and there is less. */
    static boolean lacks(long need, long have) {
        return need > have && need > 0;
    }

    /** The names of the kinds but ports of which there is less than {@code need}, in a fixed order. */
    List<String> lacking(Amount need) {
        List<String> lacking = new ArrayList<>();
        addIf(lacks(need.cpuMillis, cpuMillis), "cpus", lacking);
        addIf(lacks(need.memMib, memMib), "memory", lacking);
        addIf(lacks(need.diskMib, diskMib), "disk", lacking);
        addIf(lacks(need.gpuMillis, gpuMillis), "gpus", lacking);
        for (int i = 0; i < need.scalarNames.length; i++) {
            addIf(lacks(need.scalarMillis[i], scalar(need.scalarNames[i])), need.scalarNames[i], lacking);
        }
        return lacking;
    }

    /** What there is more of than in the other, of each kind; of kinds of which there is not, nothing. */
    Amount beyond(Amount other) {
        Amount beyond = nothing();
        beyond.cpuMillis = Math.max(0, cpuMillis - other.cpuMillis);
        beyond.memMib = Math.max(0, memMib - other.memMib);
        beyond.diskMib = Math.max(0, diskMib - other.diskMib);
        beyond.gpuMillis = Math.max(0, gpuMillis - other.gpuMillis);
        beyond.ports = Math.max(0, ports - other.ports);
        for (int i = 0; i < scalarNames.length; i++) {
            beyond.scalarMillis[i] = Math.max(0, scalarMillis[i] - other.scalar(scalarNames[i]));
        }
        return beyond;
    }

    /** So many times this. */
    Amount times(long factor) {
        Amount product = nothing();
        product.cpuMillis = cpuMillis * factor;
        product.memMib = memMib * factor;
        product.diskMib = diskMib * factor;
        product.gpuMillis = gpuMillis * factor;
        product.ports = ports * factor;
        for (int i = 0; i < scalarNames.length; i++) {
            product.scalarMillis[i] = scalarMillis[i] * factor;
        }
        return product;
    }

    /** How many times the unit is in it, at most {@code most} times. Of what the unit has nothing, nothing is needed. */
    long unitsOf(Amount unit, long most) {
        long units = most;
        units = units(cpuMillis, unit.cpuMillis, units);
        units = units(memMib, unit.memMib, units);
        units = units(diskMib, unit.diskMib, units);
        units = units(gpuMillis, unit.gpuMillis, units);
        units = units(ports, unit.ports, units);
        for (int i = 0; i < unit.scalarNames.length; i++) {
            units = units(scalar(unit.scalarNames[i]), unit.scalarMillis[i], units);
        }
        return units;
    }

    private static long units(long have, long each, long most) {
        return each <= 0 ? most : Math.min(most, Math.max(0, have) / each);
    }

    /** Has no more of that custom resource from now on. */
    void capScalar(int index, long mostMilli) {
        scalarMillis[index] = Math.min(scalarMillis[index], mostMilli);
    }

    void add(Amount more) {
        change(more, 1);
    }

    void subtract(Amount less) {
        change(less, -1);
    }

    boolean isNothing() {
        return cpuMillis == 0
                && memMib == 0
                && diskMib == 0
                && gpuMillis == 0
                && scalars().isEmpty();
    }

    /** The kinds with these names as text, such as {@code cpus=2 memory=64MiB}; of a kind that is overdrawn there is nothing. */
    String text(List<String> kinds) {
        StringBuilder text = new StringBuilder();
        for (String kind : kinds) {
            String amount = switch (kind) {
                case "cpus" -> RequestClasses.decimal(Math.max(0, cpuMillis));
                case "memory" -> Math.max(0, memMib) + "MiB";
                case "disk" -> Math.max(0, diskMib) + "MiB";
                case "gpus" -> RequestClasses.decimal(Math.max(0, gpuMillis));
                default -> RequestClasses.decimal(Math.max(0, scalar(kind)));
            };
            text.append(text.isEmpty() ? "" : " ").append(kind).append('=').append(amount);
        }
        return text.toString();
    }

    /** As a record, without ports. */
    Resources toResources() {
        return toResources(List.of());
    }

    /** As a record with these ports. */
    Resources toResources(List<PortRange> portRanges) {
        List<ScalarQuantity> scalars = new ArrayList<>(scalarNames.length);
        for (int i = 0; i < scalarNames.length; i++) {
            scalars.add(new ScalarQuantity(scalarNames[i], scalarMillis[i]));
        }
        return new Resources(cpuMillis, memMib, diskMib, gpuMillis, portRanges, scalars);
    }

    private void change(Amount by, int sign) {
        cpuMillis += sign * by.cpuMillis;
        memMib += sign * by.memMib;
        diskMib += sign * by.diskMib;
        gpuMillis += sign * by.gpuMillis;
        ports += sign * by.ports;
        for (int i = 0; i < by.scalarNames.length; i++) {
            int mine = indexOf(by.scalarNames[i]);
            if (mine >= 0) {
                scalarMillis[mine] += sign * by.scalarMillis[i];
            }
        }
    }

    int scalarCount() {
        return scalarNames.length;
    }

    String scalarName(int index) {
        return scalarNames[index];
    }

    long scalarMilli(int index) {
        return scalarMillis[index];
    }

    /** How much there is of a custom resource. */
    long scalar(String name) {
        int index = indexOf(name);
        return index < 0 ? 0 : scalarMillis[index];
    }

    private int indexOf(String name) {
        for (int i = 0; i < scalarNames.length; i++) {
            if (scalarNames[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private static void addIf(boolean condition, String name, List<String> names) {
        if (condition) {
            names.add(name);
        }
    }
}
