package dev.millrace.cli.up;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.HostInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What each of several agents on one machine offers: an equal part of what one agent would. */
final class MachineShare {
    /** However small the machine is, a small task has room on an agent. */
    private static final long LEAST_CPU_MILLIS = 500;

    private MachineShare() {}

    static AgentShape of(int agents, Path dataDir) throws IOException {
        var whole = HostInfo.detect(dataDir).resources();
        return new AgentShape(
                Map.of(
                        "cpus", Math.max(LEAST_CPU_MILLIS, whole.getCpuMillis() / agents),
                        "memory", whole.getMemMib() / agents,
                        "disk", whole.getDiskMib() / agents),
                Map.of(),
                Map.of());
    }
}
