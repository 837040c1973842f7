package dev.millrace.client;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Sums up resources. Mutable; owned by whoever made it. */
final class OccupiedResources {
    private long cpuMillis;
    private long memMib;
    private long diskMib;
    private long gpuMillis;
    private final List<PortRange> ports = new ArrayList<>();
    private final Map<String, Long> scalars = new TreeMap<>();
    private int count;

    void add(Resources resources) {
        count++;
        cpuMillis += resources.getCpuMillis();
        memMib += resources.getMemMib();
        diskMib += resources.getDiskMib();
        gpuMillis += resources.getGpuMillis();
        ports.addAll(resources.getPorts());
        for (ScalarQuantity scalar : resources.getScalars()) {
            scalars.merge(scalar.getName(), scalar.getMilli(), Long::sum);
        }
    }

    /** How many were added. */
    int count() {
        return count;
    }

    Resources sum() {
        ports.sort(Comparator.comparingInt(PortRange::getFirst));
        List<ScalarQuantity> quantities = new ArrayList<>();
        scalars.forEach((name, milli) -> quantities.add(new ScalarQuantity(name, milli)));
        return new Resources(cpuMillis, memMib, diskMib, gpuMillis, List.copyOf(ports), quantities);
    }
}
