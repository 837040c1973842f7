package dev.millrace.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody may use of an agent: how much, and which devices and ports it is made of.
 *
 * @param amount how much; of a kind that is overdrawn, less than nothing
 * @param devices the GPU devices
 * @param ports the ports
 */
record Room(Amount amount, Devices devices, Ports ports) {
    /** Whether it has what one task of the class needs. */
    boolean fits(RequestClass requestClass) {
        Amount need = requestClass.need;
        return amount.covers(need)
                && devices.fit(need.gpuMillis)
                && (need.ports == 0 || ports.firstMissing(requestClass.ports) == null);
    }

    /** The lowest ports that a task of the class gets beside those it names. */
    List<Integer> choosePorts(RequestClass requestClass) {
        return requestClass.portCount == 0 ? List.of() : ports.lowestFree(requestClass.portCount, requestClass.ports);
    }

    /** The devices that a task of the class gets, by the rule if there is one. */
    List<Integer> chooseDevices(RequestClass requestClass, @Nullable FragmentationScore rule) {
        return devices.choose(requestClass.need.gpuMillis, rule);
    }
}
