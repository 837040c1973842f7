package dev.millrace.agent.process;

import dev.millrace.agent.link.Occupied;
import dev.millrace.contract.LaunchTask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The environment variables by which a task learns which ports and GPU devices are its own. They are the agent's word: a request that brings
 * them along, copied from another task's environment perhaps, would have its task use what another one was given.
 */
final class GivenVariables {
    /** A task can be given so many ports. It may name more of its own, but those it knows, and Linux limits the environment. */
    static final int MAX_PORTS = 1_000;

    private GivenVariables() {}

    /** @param hidesGpus a task that was given no GPU device must not see those of others */
    static Map<String, String> of(LaunchTask launch, boolean hidesGpus) {
        Map<String, String> variables = new LinkedHashMap<>();
        List<Integer> ports = Occupied.ports(launch, MAX_PORTS);
        if (!ports.isEmpty()) {
            variables.put("MILLRACE_PORTS", joined(ports));
        }
        for (int i = 0; i < ports.size(); i++) {
            variables.put("MILLRACE_PORT" + i, ports.get(i).toString());
        }
        List<Integer> devices = launch.getGpuDevices();
        if (!devices.isEmpty()) {
            variables.put("MILLRACE_GPUS", joined(devices));
            variables.put(
                    "MILLRACE_GPU_MILLIS",
                    String.valueOf(launch.getRequest().getResources().getGpuMillis()));
            // CUDA's own order is the fastest first, in which a number is another device than in the driver's.
            variables.put("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
            variables.put("CUDA_VISIBLE_DEVICES", joined(devices));
            variables.put("NVIDIA_VISIBLE_DEVICES", joined(devices));
        } else if (hidesGpus) {
            variables.put("CUDA_VISIBLE_DEVICES", "");
            variables.put("NVIDIA_VISIBLE_DEVICES", "void");
        }
        return variables;
    }

    private static String joined(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
