package dev.millrace.agent.sim;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.HostInfo;
import dev.millrace.contract.Resources;
import java.util.List;

/**
 * A number of equal agents.
 *
 * @param agents how many
 * @param shape what each of them has; what it does not name is as in {@link #USUAL}
 */
public record Fleet(int agents, AgentShape shape) {

    /** 4 cores, 8 GiB of memory, 64 GiB of disk, and the usual ports. */
    static final Resources USUAL = Resources.newBuilder()
            .setCpuMillis(4_000)
            .setMemMib(8L << 10)
            .setDiskMib(64L << 10)
            .setPorts(HostInfo.USUAL_PORTS)
            .build();

    /** Refuses a fleet of nobody. */
    public Fleet {
        if (agents < 1) {
            throw new IllegalArgumentException("a fleet has at least one agent, not " + agents);
        }
    }

    /**
     * Reads {@code 100:cpus=16,memory=64GiB,attr.rack=r1}, or just {@code 100}.
     *
     * @throws IllegalArgumentException if it can't be read
     */
    public static Fleet parse(String text) {
        int colon = text.indexOf(':');
        String number = colon < 0 ? text : text.substring(0, colon);
        String shape = colon < 0 ? "" : text.substring(colon + 1);
        int agents;
        try {
            agents = Integer.parseInt(number.trim());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a fleet: write 100 or 100:cpus=16,memory=64GiB,attr.rack=r1", e);
        }
        return new Fleet(agents, AgentShape.parse(shape));
    }

    /** How many agents there are in all. */
    static int count(List<Fleet> fleets) {
        return fleets.stream().mapToInt(Fleet::agents).reduce(0, Math::addExact);
    }
}
