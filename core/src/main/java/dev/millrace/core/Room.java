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

    /** Takes what the task was given of it. */
    void take(Task task) {
        take(task.requestClass(), task.ports, task.gpuDevices);
    }

    /** Takes what a task of the class would be given of it. */
    void take(RequestClass requestClass) {
        take(requestClass, choosePorts(requestClass), chooseDevices(requestClass, null));
    }

    private void take(RequestClass requestClass, List<Integer> givenPorts, List<Integer> givenDevices) {
        amount.subtract(requestClass.need);
        devices.take(givenDevices, requestClass.need.gpuMillis);
        ports.take(requestClass.ports, givenPorts);
    }

    Room copy() {
        return new Room(amount.copy(), devices.copy(), ports.copy());
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
