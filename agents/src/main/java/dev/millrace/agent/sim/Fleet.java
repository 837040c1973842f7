package dev.millrace.agent.sim;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.HostInfo;
import dev.millrace.agent.link.AgentProfile;
import dev.millrace.contract.Resources;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

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

    /**
     * What its agents say of themselves. Agents of the same id have the same work directory.
     *
     * @param pool their pool
     * @param name what their ids begin with
     * @param first the number of the first of them
     * @throws IllegalArgumentException if the scheduler would not take such agents
     */
    public List<AgentProfile> profiles(String pool, String name, int first) {
        List<AgentProfile> profiles = new ArrayList<>(agents);
        for (int i = 0; i < agents; i++) {
            profiles.add(profile(pool, String.format(Locale.ROOT, "%s-%05d", name, first + i)));
        }
        return profiles;
    }

    private AgentProfile profile(String pool, String agentId) {
        Resources resources = shape.resources(USUAL);
        return new AgentProfile(
                pool,
                agentId,
                UUID.nameUUIDFromBytes((pool + "/" + agentId).getBytes(StandardCharsets.UTF_8))
                        .toString(),
                agentId,
                resources,
                shape.reservations(resources),
                shape.attributes(Map.of("agent", agentId, "hostname", agentId, "os", "simulated")),
                "");
    }

    /** How many agents there are in all. */
    static int count(List<Fleet> fleets) {
        return fleets.stream().mapToInt(Fleet::agents).reduce(0, Math::addExact);
    }
}
